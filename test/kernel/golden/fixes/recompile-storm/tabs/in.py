def make():
	return torch.compile(Net())
