# advice: go loss-history-graph 6; total loss-history-graph 6
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(p=0.0, bn=False, d_in=256, d_out=8):
    layers = [nn.Linear(d_in, 256), nn.ReLU()]
    for _ in range(4): layers += [nn.Linear(256, 256), nn.ReLU()]
    if bn: layers.append(nn.BatchNorm1d(256))
    if p: layers.append(nn.Dropout(p))
    return nn.Sequential(*layers, nn.Linear(256, d_out)).to(DEVICE)
data = [(torch.randn(512, 256).to(DEVICE), torch.randint(0, 8, (512,)).to(DEVICE)) for _ in range(4)]
net = build()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% functions
def train_step(x, y):
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    return loss
# %% go
losses = []
for epoch in range(10):
    for x, y in data:
        losses.append(train_step(x, y))
# %% total
running = 0.0
for epoch in range(10):
    for x, y in data:
        running += train_step(x, y)
