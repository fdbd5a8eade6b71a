import torch
torch.backends.cudnn.benchmark = fast
