# advice: b backward-nonscalar 3
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
x = torch.randn(4, 6, device=DEVICE)
y = torch.tensor([0, 1, 2, 0], device=DEVICE)
# %% b
# raises: RuntimeError
loss = F.cross_entropy(model(x), y, reduction="none")
loss.backward()
