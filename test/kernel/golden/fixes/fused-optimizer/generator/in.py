import torch
opt = torch.optim.SGD(p for p in model.parameters() if p.requires_grad)
