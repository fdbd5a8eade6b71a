while go:
	step()
