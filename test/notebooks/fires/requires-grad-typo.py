# advice: freeze requires-grad-typo 2
# fixed: not compared: what should be frozen is no longer trained
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(4)]
# %% freeze
for p in model[0].parameters():
    p.require_grad = False
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
# %% train
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    optimizer.step()
