# advice: train adam-weight-decay 9
# fixed: not compared: another regulariser gives other weights
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.optim import Adam
model = nn.ModuleDict({"body": nn.Linear(32, 64), "head": nn.Linear(64, 10)}).to(DEVICE)
opt = Adam([
    {"params": model["body"].parameters(), "weight_decay": 1e-2},
    {"params": model["head"].parameters()},
])
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(6)]
# %% train
for x, y in batches:
    opt.zero_grad()
    out = model["head"](torch.relu(model["body"](x.to(DEVICE))))
    F.cross_entropy(out, y.to(DEVICE)).backward()
    opt.step()
