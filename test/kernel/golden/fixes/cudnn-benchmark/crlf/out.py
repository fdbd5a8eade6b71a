import torch
torch.backends.cudnn.benchmark = True
x = 1
