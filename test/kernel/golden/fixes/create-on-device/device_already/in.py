import torch
mask = torch.zeros(8, device="cpu").to(device)
