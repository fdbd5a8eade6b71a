# advice: b hardcoded-cuda 2 3
# needs: cpu
# fixed: not compared: the cell failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 4)
# %% b
# raises: AssertionError or RuntimeError
model = model.cuda()
x = torch.randn(16, 8, device="cuda")
with torch.no_grad():
    out = model(x)
