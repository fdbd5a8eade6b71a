import torch
mask = torch.zeros(8, pin_memory=True).to(device, non_blocking=True)
