checkpoint = torch.load(path)
output = model.load_state_dict(checkpoint["model"])
del checkpoint
output
