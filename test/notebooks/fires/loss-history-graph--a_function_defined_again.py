# advice: go loss-history-graph 8
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(d_in=128, hidden=384, d_out=8, p=0.0, bn=False):
    layers = [nn.Linear(d_in, hidden), nn.ReLU()]
    for _ in range(4):
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    if bn:
        layers.append(nn.BatchNorm1d(hidden))
    if p:
        layers.append(nn.Dropout(p))
    return nn.Sequential(*layers, nn.Linear(hidden, d_out)).to(DEVICE)
loader = [(torch.randn(256, 128, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(4)]
valid = [(torch.randn(256, 128, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(4)]
model = build()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
# %% old
def train(epochs):
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad(); loss.backward(); opt.step()
            losses.append(loss)
    return losses
# %% new
def train(epochs):
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            # second version
            loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
            opt.zero_grad(); loss.backward(); opt.step()
            losses += [loss]
    return losses
# %% go
losses = train(5)
