for batch in loader:
	if flag:
		with torch.no_grad():
			out = model(batch)  # forward
	else:
		out = None
