for x in loader:
	outs.append(a(x) + b(x))
