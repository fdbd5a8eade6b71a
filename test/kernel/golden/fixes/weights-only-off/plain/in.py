state = torch.load(path, weights_only=False)
