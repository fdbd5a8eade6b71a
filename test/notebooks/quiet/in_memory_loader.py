# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.utils.data import DataLoader, TensorDataset

X, Y = torch.randn(40000, 20), torch.randn(40000, 1)
train = DataLoader(TensorDataset(X[:32000], Y[:32000]), batch_size=1024, shuffle=True)
valid = DataLoader(TensorDataset(X[32000:], Y[32000:]), batch_size=4096)
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1)).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters())
# %% fit
curve = []
for epoch in range(5):
    model.train()
    for x, y in train:
        loss = F.mse_loss(model(x.to(DEVICE)), y.to(DEVICE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        curve.append(sum(F.mse_loss(model(x.to(DEVICE)), y.to(DEVICE)).item() for x, y in valid) / len(valid))
