# advice: train adam-weight-decay 8
# fixed: not compared: another regulariser gives other weights
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
opt = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-2)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(6)]
# %% train
for x, y in batches:
    opt.zero_grad()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    opt.step()
# %% more
for x, y in batches:
    opt.zero_grad()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    opt.step()
