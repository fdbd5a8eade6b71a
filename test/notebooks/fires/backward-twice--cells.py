# advice: again backward-twice 2
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 4).to(DEVICE)
x = torch.randn(16, 8, device=DEVICE)
# %% b
loss = model(x).square().mean()
# %% c
loss.backward()
# %% again
# raises: RuntimeError
loss.backward()
