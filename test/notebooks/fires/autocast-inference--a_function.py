# advice: predict autocast-inference 8
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [8, 0], "bf16": true, "matmul_precision": "high"}
# fixed: within 0.05
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

def means(net, x, repeats):
    with torch.no_grad():
        return [net(x).mean() for _ in range(repeats)]
# %% predict
model = nn.Sequential(nn.Linear(512, 4096), nn.ReLU(), nn.Linear(4096, 512)).to(DEVICE).eval()
found = means(model, torch.randn(128, 512, device=DEVICE), 60)
