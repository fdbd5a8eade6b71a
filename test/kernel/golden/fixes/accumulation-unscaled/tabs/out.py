for i, x in enumerate(data):
	loss = f(x); (loss / 8).backward()
	if not i % 8:
		opt.step()