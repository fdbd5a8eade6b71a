# advice: predict fuse-conv-bn 4
# machine: {"record.duration_s": 8.0}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 32, 3))
model.to(DEVICE).eval()
x = torch.randn(4, 3, 64, 64, device=DEVICE)
# %% predict
means = []
with torch.no_grad():
    for _ in range(120):
        means.append(model(x).mean())
