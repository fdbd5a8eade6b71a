# advice: c dtype-mismatch 2
# fixed: not compared: the cell failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
x = torch.randn(4, 6)
# %% b
model = model.half()
# %% c
# raises: RuntimeError
out = model(x)
