with torch.no_grad():
	model = model.to(device)
	for x in batches:
		outs.append(model(x))
	model = model.to("cpu")
