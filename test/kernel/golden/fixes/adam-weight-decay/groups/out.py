import torch
opt = torch.optim.AdamW([
    {"params": decay, "weight_decay": 1e-2},
    {"params": no_decay},
], lr=1e-3, weight_decay=0.0)
