# advice: predict cudnn-benchmark 8
# needs: accelerator
# machine: {"cudnn_benchmark": true, "record.duration_s": 2.0}
# %% setup
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
torch.backends.cudnn.benchmark = True

model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3))
model.to(DEVICE).eval()
# %% predict
means = []
with torch.no_grad():
    for size in range(32, 47):
        time.sleep(0.06)
        means.append(model(torch.randn(1, 3, size, size, device=DEVICE)).mean().item())
