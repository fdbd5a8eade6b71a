import torch
w = torch.zeros(8, requires_grad=True).to(device)
