for i, x in enumerate(data):
	loss = f(x); loss.backward()
	if not i % 8:
		opt.step()