with open(path, 'rb') as file:
    checkpoint = torch.load(file)
    model.load_state_dict(checkpoint)
del checkpoint
