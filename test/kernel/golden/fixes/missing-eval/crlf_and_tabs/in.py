for x in data:
	y = model(x)
	show(y)
