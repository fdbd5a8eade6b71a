import torch
from torch import nn

model = Net().to(device)
model.compile()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
