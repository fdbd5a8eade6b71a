import torch
mask = torch.zeros(8, 8).to(device)
