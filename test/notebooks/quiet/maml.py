# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.func import functional_call

net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1)).to(DEVICE)
meta = torch.optim.Adam(net.parameters(), lr=1e-3)
# %% train
for step in range(5):
    meta.zero_grad()
    total = 0.0
    for task in range(3):
        x = torch.rand(10, 1, device=DEVICE)
        y = torch.sin(x * (task + 1))
        fast = dict(net.named_parameters())
        inner = F.mse_loss(functional_call(net, fast, (x,)), y)
        grads = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
        fast = {k: p - 0.1 * g for (k, p), g in zip(fast.items(), grads)}
        total = total + F.mse_loss(functional_call(net, fast, (x,)), y)
    total.backward()
    meta.step()
