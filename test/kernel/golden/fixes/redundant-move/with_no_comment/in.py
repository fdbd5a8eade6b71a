with torch.no_grad():
	for x in batches:
		model.to(device)
		model(x)