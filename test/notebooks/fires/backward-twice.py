# advice: b backward-twice 5 6
# fixed: not compared: the cell failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
encoder, head = nn.Linear(8, 8).to(DEVICE), nn.Linear(8, 4).to(DEVICE)
x = torch.randn(16, 8, device=DEVICE)
# %% b
# raises: RuntimeError
hidden = encoder(x).relu()
main = head(hidden).square().mean()
extra = hidden.abs().mean()
main.backward()
extra.backward()
