checkpoint = torch.load(path)
model.load_state_dict(checkpoint["model"])
checkpoint["epoch"]
