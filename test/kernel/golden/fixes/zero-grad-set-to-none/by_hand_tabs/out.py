for w in weights:
	w.grad = None