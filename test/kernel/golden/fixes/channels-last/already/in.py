import torch
from torch import nn

model = Net().to(memory_format=torch.channels_last)
