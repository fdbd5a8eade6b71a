checkpoint = torch.load(path)
model.load_state_dict(checkpoint["model"])
del checkpoint
model.eval()
