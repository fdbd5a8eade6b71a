state = torch.load(open(path, 'rb'))
