# advice: c input-device-mismatch 2
# needs: accelerator
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 10).to(DEVICE)
x = torch.randn(4, 64, device=DEVICE)

def parameters_of(model):
    return sum(p.numel() for p in model.cpu().parameters())
# %% b
count = parameters_of(model)
# %% c
# raises: RuntimeError
out = model(x)
