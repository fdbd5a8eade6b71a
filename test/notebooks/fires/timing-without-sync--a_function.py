# advice: measure timing-without-sync 4 7
# needs: accelerator
# fixed: not compared: the times are measured anew
# %% setup
import torch
from torch import nn
from time import perf_counter as now

torch.manual_seed(0)
# %% define
@torch.no_grad()
def seconds(net, x, repeats=10):
    """Of one forward."""
    start = now()
    for _ in range(repeats):
        y = net(x)
    return (now() - start) / repeats
# %% measure
net = nn.Linear(256, 256).to(DEVICE).eval()
once = seconds(net, torch.randn(64, 256, device=DEVICE))
