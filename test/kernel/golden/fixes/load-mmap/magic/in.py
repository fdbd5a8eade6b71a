%time state = torch.load(path)
