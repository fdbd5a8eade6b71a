# advice: trace jit-trace-deprecated 1
# torch: 2.10
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 8).to(DEVICE).eval()
# %% trace
traced = torch.jit.trace(model, torch.ones(2, 8, device=DEVICE))
