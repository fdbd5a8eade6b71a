# advice: b leaf-inplace 2; c leaf-inplace 3
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
shift = torch.zeros(3, device=DEVICE, requires_grad=True)
# %% b
# raises: RuntimeError
model.bias.fill_(0.5)
# %% c
# raises: RuntimeError
for step in range(3):
    shift -= 0.1
