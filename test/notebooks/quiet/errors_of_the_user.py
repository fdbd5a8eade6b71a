# advice: none
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

layer = nn.Linear(8, 4).to(DEVICE)
# %% b
try:
    layer(torch.randn(2, 9, device=DEVICE))
except RuntimeError:
    print("refused")
# %% c
# raises: NameError
undefined_name
# %% d
# raises: IndexError
torch.arange(3)[5]
# %% e
out = layer(torch.randn(2, 8, device=DEVICE)).detach()
