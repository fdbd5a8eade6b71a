for child in model.children():
	child.requires_grad = False
