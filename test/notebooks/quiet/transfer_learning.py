# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
model = nn.Sequential(body, nn.Linear(8, 100))
for p in body.parameters():
    p.requires_grad = False
model[1] = nn.Linear(8, 4)
model = model.to(DEVICE)
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()))
# %% train
for step in range(10):
    x, y = torch.randn(8, 3, 16, 16, device=DEVICE), torch.randint(0, 4, (8,), device=DEVICE)
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
