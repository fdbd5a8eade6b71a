# advice: b unscale-half 6
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
# %% b
# raises: ValueError
for parameter in model.parameters():
    parameter.grad = torch.ones_like(parameter)
scale = scaler.scale(torch.ones(()))
del scale
scaler.unscale_(optimizer)
