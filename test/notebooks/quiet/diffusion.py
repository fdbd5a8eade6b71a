# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

T = 50
betas = torch.linspace(1e-4, 0.02, T, device=DEVICE)
alphas_bar = torch.cumprod(1 - betas, 0)
net = nn.Sequential(nn.Linear(33, 128), nn.SiLU(), nn.Linear(128, 32)).to(DEVICE)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
x0 = torch.randn(256, 32, device=DEVICE)
# %% train
for step in range(40):
    batch = x0[torch.randint(0, 256, (64,), device=DEVICE)]
    t = torch.randint(0, T, (64,), device=DEVICE)
    noise = torch.randn_like(batch)
    a = alphas_bar[t][:, None]
    noisy = a.sqrt() * batch + (1 - a).sqrt() * noise
    pred = net(torch.cat([noisy, t[:, None] / T], 1))
    loss = F.mse_loss(pred, noise)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
# %% sample
@torch.no_grad()
def sample(n):
    x = torch.randn(n, 32, device=DEVICE)
    for t in reversed(range(T)):
        eps = net(torch.cat([x, torch.full((n, 1), t / T, device=DEVICE)], 1))
        x = (x - betas[t] / (1 - alphas_bar[t]).sqrt() * eps) / (1 - betas[t]).sqrt()
        if t:
            x = x + betas[t].sqrt() * torch.randn_like(x)
    return x

out = sample(8)
print(out.shape)
