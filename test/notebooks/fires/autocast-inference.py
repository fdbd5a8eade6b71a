# advice: predict autocast-inference 4
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [8, 0], "bf16": true, "matmul_precision": "high"}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(512, 4096), nn.ReLU(), nn.Linear(4096, 512)).to(DEVICE).eval()
x = torch.randn(128, 512, device=DEVICE)
# %% predict
means = []
with torch.no_grad():
    for _ in range(60):
        means.append(model(x).mean())
