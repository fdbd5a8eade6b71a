import torch
opt = torch.optim.SGD(
	model.parameters(),
	lr=0.1,  # high
	momentum=0.9,
	fused=True,
)
