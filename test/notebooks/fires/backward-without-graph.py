# advice: b backward-without-graph 4; c backward-without-graph 3; d backward-without-graph 4
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
frozen = nn.Sequential(nn.Linear(6, 3)).to(DEVICE).requires_grad_(False)
x = torch.randn(4, 6, device=DEVICE)
y = torch.tensor([0, 1, 2, 0], device=DEVICE)
# %% b
# raises: RuntimeError
with torch.no_grad():
    loss = F.cross_entropy(model(x), y)
loss.backward()
# %% c
# raises: RuntimeError
loss = F.cross_entropy(frozen(x), y)
loss.backward()
# %% d
# raises: RuntimeError
logits = model(x)
loss = F.cross_entropy(logits.detach(), y)
loss.backward()
