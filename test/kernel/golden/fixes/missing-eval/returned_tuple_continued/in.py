return \
	model(x), *others;
