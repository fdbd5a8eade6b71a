state = torch.load(path)
