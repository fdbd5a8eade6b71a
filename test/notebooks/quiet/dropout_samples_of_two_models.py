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
a, b = build(p=0.3), build(p=0.3)
for m in (a, b):
    o = torch.optim.SGD(m.parameters(), lr=0.05)
    for x, y in data:
        o.zero_grad(); F.cross_entropy(m(x), y).backward(); o.step()
# %% functions
def spread(net, x, n=8):
    with torch.no_grad():
        draws = [net(x) for _ in range(n)]
    return torch.stack(draws).std(0).mean()
# %% go
s = [spread(m, data[0][0]).item() for m in (a, b)]
