# advice: b tensor-to-numpy 3; c tensor-to-numpy 3
# fixed: not compared: the cells failed before
# %% a
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
x = torch.randn(4, 6, device=DEVICE)
# %% b
# raises: RuntimeError or TypeError
logits = model(x)
values = logits.numpy()
# %% c
# raises: RuntimeError or TypeError
logits = model(x)
values = np.asarray(logits)
