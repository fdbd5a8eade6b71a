# advice: predict d2h-non-blocking 5
# needs: accelerator
# fixed: not compared: what is read too early depends on the timing
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(256, 256).to(DEVICE).eval()
batches = [torch.randn(64, 256) for _ in range(8)]
# %% predict
outs = []
with torch.no_grad():
    for x in batches:
        y = model(x.to(DEVICE))
        outs.append(y.to("cpu", non_blocking=True))
mean = torch.cat(outs).mean()
