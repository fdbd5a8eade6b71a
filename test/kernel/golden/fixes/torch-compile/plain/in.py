import torch
from torch import nn

model = Net().to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
