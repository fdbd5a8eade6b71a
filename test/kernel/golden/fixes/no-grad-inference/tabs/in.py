for batch in loader:
	if flag:
		out = model(batch)  # forward
	else:
		out = None
