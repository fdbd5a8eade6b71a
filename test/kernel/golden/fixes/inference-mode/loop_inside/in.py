import torch as t
with t.no_grad():  # fast
	for x in data:
		outs.append(model(x))
