import torch
opt = torch.optim.Adam([
    {"params": decay, "weight_decay": 1e-2},
    {"params": no_decay},
], lr=1e-3)
