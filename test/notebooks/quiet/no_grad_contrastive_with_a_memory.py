# advice: none
# forwards: run
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

layers = [layer for _ in range(8) for layer in (nn.Linear(512, 512), nn.ReLU())]
net = nn.Sequential(nn.Linear(64, 512), *layers, nn.Linear(512, 64)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
memory = []

def info_nce(a, b):
    memory.append(b)
    return F.mse_loss(a, torch.stack(memory[-2:]).mean(0))

data = [torch.randn(512, 64, device=DEVICE) for _ in range(4)]
# %% define
def warm_up():
    for x in data[:2]:
        first = net(x)
        second = net(x - 0.1)
        info_nce(first, second)

def train():
    for x in data:
        memory.clear()
        warm_up()
        loss = info_nce(net(x), net(x + 0.1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% run
train()
