import torch
opt = torch.optim.SGD(model.parameters(), fused=False)
