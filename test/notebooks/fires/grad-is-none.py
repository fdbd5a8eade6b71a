# advice: b grad-is-none 2; c grad-is-none 5
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 3)).to(DEVICE)
model[0].requires_grad_(False)
x = torch.randn(4, 6, device=DEVICE)
# %% b
# raises: AttributeError
before = model[1].weight.grad.norm()
# %% c
# raises: AttributeError
model(x).sum().backward()
norms = []
for parameter in model.parameters():
    norms.append(parameter.grad.norm())
