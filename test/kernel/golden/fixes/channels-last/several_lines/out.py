import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 8, 3),
    nn.ReLU(),
).to(device)
model = model.to(memory_format=torch.channels_last)
