import torch.cuda.amp as amp
scaler = amp.GradScaler()
