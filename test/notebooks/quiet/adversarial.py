# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(DEVICE)
x, y = torch.rand(32, 8, 8, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)
# %% fgsm
model.eval()
x_adv = x.clone().requires_grad_()
F.cross_entropy(model(x_adv), y).backward()
x_adv = (x + 0.1 * x_adv.grad.sign()).clamp(0, 1)
# %% pgd
delta = torch.zeros_like(x, requires_grad=True)
for _ in range(5):
    loss = F.cross_entropy(model(x + delta), y)
    (g,) = torch.autograd.grad(loss, delta)
    with torch.no_grad():
        delta += 0.02 * g.sign()
        delta.clamp_(-0.1, 0.1)
