# advice: predict half-inference
# needs: accelerator
# machine: {"capability": [8, 0], "bf16": true, "matmul_precision": "high"}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

start = torch.ones(1, device=DEVICE)
total = torch.accelerator.get_memory_info()[1]
width = int(total * 0.15 / (256 * 4))
model = nn.Linear(256, width).to(DEVICE).eval()
# %% predict
with torch.inference_mode():
    mean = model(torch.randn(1, 256, device=DEVICE)).mean().item()
