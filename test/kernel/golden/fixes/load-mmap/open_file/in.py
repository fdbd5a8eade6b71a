with open(path, 'rb') as file:
    state = torch.load(file)
