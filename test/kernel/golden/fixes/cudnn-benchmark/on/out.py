import torch
from torch import nn
torch.backends.cudnn.benchmark = True

model = Net()
