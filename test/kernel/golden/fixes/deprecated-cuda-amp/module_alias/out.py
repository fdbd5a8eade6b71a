import torch.amp as amp
scaler = amp.GradScaler("cuda")
