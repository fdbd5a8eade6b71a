import torch
opt = torch.optim.AdamW(model.parameters(), weight_decay=1e-4)
steps = 10
