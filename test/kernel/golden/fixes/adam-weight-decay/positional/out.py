import torch
opt = torch.optim.AdamW(params, 1e-3, (0.9, 0.999), 1e-8, 0.01)
