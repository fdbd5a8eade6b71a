# advice: run loss-history-graph 7; recent loss-history-graph 32
# %% setup
from collections import deque
from dataclasses import dataclass, field
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import SGD

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)).to(DEVICE)
cfg = {"lr": 0.01, "momentum": 0.9}
opt = SGD(net.parameters(), **cfg)
x, y = torch.randn(800, 8, device=DEVICE), torch.randn(800, 1, device=DEVICE)
batches = list(zip(x.split(4), y.split(4)))

class AverageMeter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum = self.sum + value * n
        self.count += n

@dataclass
class State:
    recent: deque = field(default_factory=lambda: deque(maxlen=150))
    step: int = 0

def optimise(state, xb, yb):
    loss = F.mse_loss(net(xb), yb)
    opt.zero_grad(); loss.backward(); opt.step()
    state.step += 1
    state.recent.append(loss)
# %% run
meter = AverageMeter()
for xb, yb in batches:
    opt.zero_grad()
    loss = F.mse_loss(net(xb), yb)
    loss.backward()
    opt.step()
    meter.update(loss, n=len(xb))
# %% recent
state = State()
for xb, yb in batches:
    optimise(state, xb, yb)
# %% show
mean, last = meter.sum.item() / meter.count, state.recent[-1].item()
