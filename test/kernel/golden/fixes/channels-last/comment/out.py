import torch
from torch import nn

model = Net()  # small
model = model.to(memory_format=torch.channels_last)
model.to(device)
