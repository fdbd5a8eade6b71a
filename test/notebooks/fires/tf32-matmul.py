# advice: predict tf32-matmul
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [8, 0], "matmul_precision": "highest"}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(1024, 8192), nn.ReLU(), nn.Linear(8192, 1024)).to(DEVICE).eval()
x = torch.randn(64, 1024, device=DEVICE)
# %% predict
means = []
with torch.no_grad():
    for _ in range(12):
        means.append(model(x).mean().item())
