# advice: run loss-history-graph 23
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1200, 8, device=DEVICE)
y = torch.randn(1200, 1, device=DEVICE)
model = nn.Linear(8, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

class Meter:
    total = 0.0

class Loop:
    def __init__(self):
        self.total = 0.0

    def epoch(self):
        for xb, yb in zip(x.split(4), y.split(4)):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(xb), yb)
            loss.backward()
            optimizer.step()
            self.total += loss
# %% run
loop = Loop()
for _ in range(3):
    loop.epoch()
# %% mean
mean = loop.total.item() / 900
