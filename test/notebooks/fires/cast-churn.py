# advice: predict cast-churn 3
# needs: cpu
# deep: predict
# %% model
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(*(nn.Linear(1536, 1536) for _ in range(16))).eval()
batches = [torch.randn(160, 1536) for _ in range(14)]
results = []
# %% predict
for x in batches:
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        results.append(net(x).float().mean().item())
