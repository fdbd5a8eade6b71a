with torch.no_grad():
	for x in batches:
		model = model.to(device)
		outs.append(model(x))
		model = model.to("cpu")
