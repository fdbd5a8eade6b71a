# advice: none
# needs: cpu
# deep: predict converted
# %% model
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(*(nn.Linear(1536, 1536) for _ in range(16))).eval()
batches = [torch.randn(160, 1536) for _ in range(14)]
results = []
# %% predict
with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
    for x in batches:
        results.append(net(x).float().mean().item())
# %% converted
net = net.to(torch.bfloat16)
for x in batches:
    with torch.inference_mode():
        results.append(net(x.bfloat16()).float().mean().item())
