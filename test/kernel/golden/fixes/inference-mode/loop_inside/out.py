import torch as t
with t.inference_mode():  # fast
	for x in data:
		outs.append(model(x))
