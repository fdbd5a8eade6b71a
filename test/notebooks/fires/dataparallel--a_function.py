# advice: make dataparallel 3
# fixed: not compared: keys lose their prefix
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
# %% functions
def build(width=64):
    net = nn.Sequential(nn.Linear(32, width), nn.ReLU(), nn.Linear(width, 10)).to(DEVICE)
    return nn.DataParallel(net, device_ids=[0])

class Experiment:
    def __init__(self, **cfg):
        self.model = build(**cfg)
# %% make
run = Experiment(width=32)
# %% freeze
run.model.eval().requires_grad_(False)
parameters = sum(p.numel() for p in run.model.parameters())
