# advice: b inplace-modification 4; c inplace-modification 7
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 1)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(4, 6, device=DEVICE)
# %% b
# raises: RuntimeError
weights = torch.sigmoid(model[0](x))
weights /= weights.sum()
weights.sum().backward()
# %% c
# raises: RuntimeError
first, second = model(x).sum(), model(x).pow(2).sum()
optimizer.zero_grad()
first.backward()
optimizer.step()
optimizer.zero_grad()
second.backward()
