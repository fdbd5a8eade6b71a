for w in weights:
	w.grad.zero_()