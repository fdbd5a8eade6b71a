state = torch.load(path)
