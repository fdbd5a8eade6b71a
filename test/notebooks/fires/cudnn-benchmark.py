# advice: predict cudnn-benchmark
# needs: accelerator
# machine: {"cudnn_benchmark": false, "record.duration_s": 2.0}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3))
model.to(DEVICE).eval()
x = torch.randn(4, 3, 96, 96, device=DEVICE)
# %% predict
means = []
with torch.no_grad():
    for _ in range(20):
        means.append(model(x).mean().item())
