# advice: sample deprecated-cuda-amp 2
# %% setup
import torch
from torch import nn
from torch.cuda.amp import autocast as cast

torch.manual_seed(0)

def sample(net, x):
    with torch.no_grad(), cast(enabled=False):
        return net(x)
# %% sample
net = nn.Linear(8, 1).to(DEVICE).eval()
out = sample(net, torch.ones(2, 8, device=DEVICE))
