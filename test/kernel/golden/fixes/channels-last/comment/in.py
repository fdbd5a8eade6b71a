import torch
from torch import nn

model = Net()  # small
model.to(device)
