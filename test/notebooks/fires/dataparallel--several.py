# advice: wrap dataparallel 1
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
# %% wrap
model = nn.DataParallel(net)
