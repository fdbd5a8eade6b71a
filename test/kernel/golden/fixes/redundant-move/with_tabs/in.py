with torch.no_grad():
	for x in batches:
		model.to(device)  # to be sure
		model(x)
