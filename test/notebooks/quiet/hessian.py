# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.autograd.functional import hessian, jvp

def energy(x):
    return (x**4).sum() + (x[0] * x[1])
# %% compute
x = torch.randn(4, device=DEVICE)
H = hessian(energy, x)
# %% hvp
point = x.clone().requires_grad_()
(g,) = torch.autograd.grad(energy(point), point, create_graph=True)
(hv,) = torch.autograd.grad(g @ torch.ones_like(g), point)
