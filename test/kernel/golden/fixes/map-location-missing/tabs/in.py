import torch
if path:
	state = torch.load(path)
