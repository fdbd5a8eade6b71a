# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

critic = nn.Sequential(nn.Linear(16, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)).to(DEVICE)
gen = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 16)).to(DEVICE)
opt_c = torch.optim.Adam(critic.parameters(), lr=1e-4)
# %% train
def penalty(real, fake):
    eps = torch.rand(len(real), 1, device=DEVICE)
    mixed = (eps * real + (1 - eps) * fake).requires_grad_()
    (grad,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return ((grad.norm(2, dim=1) - 1) ** 2).mean()

for step in range(20):
    real = torch.randn(32, 16, device=DEVICE)
    with torch.no_grad():
        fake = gen(torch.randn(32, 8, device=DEVICE))
    loss = critic(fake).mean() - critic(real).mean() + 10 * penalty(real, fake)
    opt_c.zero_grad()
    loss.backward()
    opt_c.step()
