# advice: setup dataparallel 9
# fixed: not compared: keys lose their prefix
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10))
# there is nothing to divide among one device
model = nn.DataParallel(net.to(DEVICE), device_ids=[0])
# %% freeze
model.eval().requires_grad_(False)
parameters = sum(p.numel() for p in model.parameters())
