# advice: run loss-history-graph 5; steps loss-history-graph 4; sums loss-history-graph 6; pairs loss-history-graph 6
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)).to(DEVICE)
opt = O.SGD(net.parameters(), lr=0.01)
x, y = torch.randn(800, 8, device=DEVICE), torch.randn(800, 1, device=DEVICE)
batches = list(zip(x.split(4), y.split(4)))
totals = {"loss": 0.0, "seen": 0}
# %% functions
def update(loss, *, optimizer=opt):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

def step(xb, yb):
    out = net(xb)
    loss = F.mse_loss(out, yb)
    update(loss)
    return loss, out
# %% run
losses = []
for xb, yb in batches:
    loss = F.mse_loss(net(xb), yb)
    update(loss)
    losses.append(loss)
# %% steps
curve = []
for xb, yb in batches:
    loss, _ = step(xb, yb)
    curve.append(loss)
# %% sums
def train_epoch():
    for xb, yb in batches:
        loss = F.mse_loss(net(xb), yb)
        opt.zero_grad(); loss.backward(); opt.step()
        totals["seen"] += len(xb)
        totals["loss"] += loss
train_epoch()
# %% pairs
history = []
for number, (xb, yb) in enumerate(batches):
    mse = F.mse_loss(net(xb), yb)
    loss = mse + 1e-4 * sum(p.square().sum() for p in net.parameters())
    update(loss)
    history.append((number, loss, mse))
# %% show
first, mean, last = losses[0].item(), totals["loss"].item() / totals["seen"], history[-1][1].item()
