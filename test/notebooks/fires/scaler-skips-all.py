# advice: train scaler-skips-all 9
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(32, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu")
x, y = torch.randn(64, 32), torch.randint(0, 10, (64,))
x[0, 0] = float("inf")
# %% define
def loss_of(net):
    return F.cross_entropy(net(x), y)
# %% train
losses = []
for epoch in range(7):
    optimizer.zero_grad()
    with torch.no_grad():
        losses.append(float(F.cross_entropy(model(x[1:]), y[1:])))
    loss = loss_of(model)
    scaler.scale(loss).backward()
    # The step of the scaler
    scaler.step(optimizer)
    scaler.update()
