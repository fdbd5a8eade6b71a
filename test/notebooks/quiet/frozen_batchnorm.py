# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

backbone = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
head = nn.Linear(8, 5)
model = nn.Sequential(backbone, head).to(DEVICE)
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
backbone.requires_grad_(False)
# %% finetune
model.train()
for part in backbone.modules():
    if isinstance(part, nn.BatchNorm2d):
        part.eval()
for step in range(10):
    x, y = torch.randn(8, 3, 16, 16, device=DEVICE), torch.randint(0, 5, (8,), device=DEVICE)
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
