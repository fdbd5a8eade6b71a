import torch
opt = torch.optim.Adam(params, weight_decay=0.1, decoupled_weight_decay=True)
