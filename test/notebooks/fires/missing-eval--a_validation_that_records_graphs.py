# advice: train missing-eval 12; train no-grad-inference
# fixed: not compared: dropout works differently in the validation, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(960, 16, device=DEVICE)
y = torch.randint(0, 3, (960,), device=DEVICE)
train = list(zip(x[:640].split(64), y[:640].split(64)))
valid = list(zip(x[640:].split(64), y[640:].split(64)))
net = nn.Sequential(nn.Linear(16, 2048), nn.ReLU(), nn.Dropout(0.3), nn.Linear(2048, 1024), nn.Linear(1024, 3)).to(DEVICE)
# %% train
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
criterion = nn.CrossEntropyLoss()
curve = []
for epoch in range(3):
    for xb, yb in train:
        optimizer.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
    summed = 0
    for xb, yb in valid:
        summed += criterion(net(xb), yb)
    curve.append(float(summed) / len(valid))
