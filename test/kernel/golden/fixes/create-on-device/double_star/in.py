import torch
mask = torch.zeros(8, **options).to(device)
