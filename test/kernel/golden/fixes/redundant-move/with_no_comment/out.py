with torch.no_grad():
	model.to(device)
	for x in batches:
		model(x)