run.checkpoint = torch.load(path)
model.load_state_dict(run.checkpoint["model"])
print(run)
