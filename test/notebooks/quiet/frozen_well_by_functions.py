# advice: none
# forwards: train
# %% setup
import torch
import torch.nn as N
from types import SimpleNamespace

torch.manual_seed(0)

def freeze(module, require_grad=False):
    """``require_grad`` of a call's own is nobody's attribute."""
    for weight in module.parameters():
        weight.requires_grad = require_grad

lab = SimpleNamespace(encoder=N.Linear(32, 64).to(DEVICE), head=N.Linear(64, 10).to(DEVICE), requires_grad=False)
lab.require_grad = True
freeze(lab.encoder)
lab.head.requires_grad_(lab.require_grad)
opt = torch.optim.SGD(lab.head.parameters(), lr=0.1)
# %% train
for step in range(4):
    opt.zero_grad()
    lab.head(torch.relu(lab.encoder(torch.randn(8, 32, device=DEVICE)))).pow(2).mean().backward()
    opt.step()
