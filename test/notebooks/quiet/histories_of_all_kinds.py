# advice: none
# forwards: run late
# %% setup
from collections import defaultdict, deque
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)).to(DEVICE)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
x, y = torch.randn(400, 8, device=DEVICE), torch.randn(400, 1, device=DEVICE)
batches = list(zip(x.split(4), y.split(4)))

class Meter:
    def __init__(self):
        self.sum, self.recent = 0.0, deque(maxlen=100)

    def update(self, value):
        self.sum += value
        self.recent.append(value)

class Waiting:
    def __init__(self):
        self.parts = defaultdict(list)

    def add(self, name, value):
        self.parts[name].append(value)

    def update(self):
        opt.zero_grad()
        torch.stack(self.parts["loss"]).mean().backward()
        opt.step()
        self.parts.clear()

def compute(xb, yb):
    out = net(xb)
    return F.mse_loss(out, yb), out

def update(loss):
    opt.zero_grad()
    loss.backward()
    opt.step()
# %% run
meter, history, totals = Meter(), [], {"loss": 0.0}
for step, (xb, yb) in enumerate(batches):
    loss, out = compute(xb, yb)
    update(loss)
    meter.update(loss.item())
    history.append((step, loss.detach(), out.detach()))
    totals["loss"] += loss.detach()
# %% late
waiting, total = Waiting(), 0.0
for xb, yb in batches:
    loss, out = compute(xb, yb)
    waiting.add("loss", loss)
waiting.update()
# %% penalties
total = 0.0
for xb, yb in batches * 2:
    loss, _ = compute(xb, yb)
    total = total + loss
update(total / 200)
# %% show
mean = meter.sum / 100, totals["loss"].item()
