# advice: run no-grad-inference 13 14
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

layers = [layer for _ in range(8) for layer in (nn.Linear(512, 512), nn.ReLU())]
net = nn.Sequential(nn.Linear(64, 512), *layers, nn.Linear(512, 64)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

def similarity(a, b):
    z = F.normalize(torch.cat([a, b]), dim=1)
    return z @ z.T / 0.5

def nt_xent(a, b):
    scores = similarity(a, b)
    scores.fill_diagonal_(-1e9)
    n = len(a)
    target = torch.cat([torch.arange(n, 2 * n), torch.arange(n)]).to(a.device)
    return F.cross_entropy(scores, target)

data = [torch.randn(64, 64, device=DEVICE) for _ in range(4)]
held_out = [torch.randn(1024, 64, device=DEVICE) for _ in range(2)]
# %% define
def train():
    for x in data:
        first = net(x)
        second = net(x + 0.1)
        loss = nt_xent(first, second)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def validate():
    total = 0.0
    for x in held_out:
        first = net(x)
        second = net(x - 0.1)
        total += nt_xent(first, second).item()
    return total / len(held_out)
# %% run
for epoch in range(2):
    train()
    print(validate())
