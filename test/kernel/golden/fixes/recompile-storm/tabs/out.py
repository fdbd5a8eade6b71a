def make():
	return torch.compile(Net(), dynamic=True)
