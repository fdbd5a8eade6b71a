for x in loader:
	hidden = encoder(x)
	g, d = gen(hidden), disc(hidden)
	(g + d).backward()
