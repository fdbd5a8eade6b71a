# advice: measure timing-without-sync 3 6
# needs: accelerator
# fixed: not compared: the times are measured anew
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(256, 256).to(DEVICE).eval()
x = torch.randn(64, 256, device=DEVICE)
# %% measure
import time
with torch.no_grad():
    start = time.perf_counter()
    for _ in range(10):
        y = model(x)
    elapsed = time.perf_counter() - start
