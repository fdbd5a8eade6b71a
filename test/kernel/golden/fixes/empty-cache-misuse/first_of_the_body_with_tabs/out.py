while go:
	step()
