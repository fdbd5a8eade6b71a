# advice: train multi-gpu-idle
# needs: accelerator
# machine: {"device_count": 2}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(8, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(8, 8, device=DEVICE)
# %% train
for step in range(1000):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
# %% again
for step in range(10):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
