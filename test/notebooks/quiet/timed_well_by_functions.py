# advice: none
# needs: accelerator
# forwards: measure
# %% setup
import torch
from torch import nn
from time import perf_counter as now

torch.manual_seed(0)

def wait():
    torch.accelerator.synchronize()

@torch.no_grad()
def seconds(net, x, repeats=10):
    wait()
    start = now()
    for _ in range(repeats):
        y = net(x)
    wait()
    return (now() - start) / repeats

class Timer:
    def __init__(self, net):
        self.net = net
    def score(self, x):
        start = now()
        with torch.no_grad():
            best = self.net(x).max().item()
        self.spent = now() - start
        return best
# %% measure
net = nn.Linear(256, 256).to(DEVICE).eval()
x = torch.randn(64, 256, device=DEVICE)
once, best = seconds(net, x), Timer(net).score(x)
