# advice: none
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 15 * 15, 10)).to(DEVICE)
# %% b
net(torch.zeros(2, 3, 32, 32, device=DEVICE)).shape
# %% c
sum(p.numel() for p in net.parameters())
# %% d
for name, p in net.named_parameters():
    print(name, tuple(p.shape))
