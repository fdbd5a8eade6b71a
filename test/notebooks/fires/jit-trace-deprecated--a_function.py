# advice: trace jit-trace-deprecated
# torch: 2.10
# %% setup
import torch
from torch import jit as J, nn

torch.manual_seed(0)

def export(net, *example):
    return J.trace(net.eval(), example)
# %% trace
traced = export(nn.Linear(8, 8).to(DEVICE), torch.ones(2, 8, device=DEVICE))
