# advice: none
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(p=0.0, bn=False, d_in=256, d_out=8):
    layers = [nn.Linear(d_in, 512), nn.ReLU()]
    for _ in range(4): layers += [nn.Linear(512, 512), nn.ReLU()]
    if bn: layers.append(nn.BatchNorm1d(512))
    if p: layers.append(nn.Dropout(p))
    return nn.Sequential(*layers, nn.Linear(512, d_out)).to(DEVICE)
data = [(torch.randn(512, 256).to(DEVICE), torch.randint(0, 8, (512,)).to(DEVICE)) for _ in range(4)]
a, b = build(bn=True), build(bn=True)
# %% functions
def fit(net):
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    net.train()
    for x, y in data:
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad(); loss.backward(); opt.step()
def average_into(dst, src):
    with torch.no_grad():
        for p, q in zip(dst.parameters(), src.parameters()):
            p.mul_(0.5).add_(q, alpha=0.5)
def refresh_statistics(net):
    """Forward passes so that the running means fit the averaged weights."""
    with torch.no_grad():
        for x, _ in data:
            net(x)
# %% go
fit(a); fit(b)
average_into(a, b)
# %% stats
refresh_statistics(a)
