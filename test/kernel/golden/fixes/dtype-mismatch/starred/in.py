out = model(*x)
