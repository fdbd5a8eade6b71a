# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

X, Y = torch.randn(300, 20), torch.randn(300, 1)
folds = torch.arange(300) % 3
# %% folds
scores = []
for fold in range(3):
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1)).to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    xt, yt = X[folds != fold].to(DEVICE), Y[folds != fold].to(DEVICE)
    for epoch in range(20):
        optimizer.zero_grad()
        F.mse_loss(model(xt), yt).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores.append(F.mse_loss(model(X[folds == fold].to(DEVICE)), Y[folds == fold].to(DEVICE)).item())
# %% report
print(len(scores))
