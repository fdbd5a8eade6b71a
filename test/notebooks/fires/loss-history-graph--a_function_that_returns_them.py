# advice: run loss-history-graph 8
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(400, 8, device=DEVICE)
y = torch.randn(400, 1, device=DEVICE)
# %% functions
def train_epoch(model):
    losses = []
    for xb, yb in zip(x.split(4), y.split(4)):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses
# %% run
history = []
for epoch in range(6):
    history += train_epoch(model)
# %% curve
first, last = history[0].item(), history[-1].item()
