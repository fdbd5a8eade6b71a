import torch
mask = torch.ones(8, device="cuda")
