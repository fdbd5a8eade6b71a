# advice: d backward-without-graph 3
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
x = torch.randn(4, 6, device=DEVICE)
# %% b
torch.set_grad_enabled(False)
# %% c
predictions = model(x)
# %% d
# raises: RuntimeError
loss = model(x).pow(2).mean()
loss.backward()
# %% e
torch.set_grad_enabled(True)
