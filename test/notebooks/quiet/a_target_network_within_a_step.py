# advice: none
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(d_in=256, hidden=512, d_out=8, p=0.3):
    return nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Dropout(p), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, d_out)).to(DEVICE)
loader = [(torch.randn(256, 256, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(5)]
valid = [(torch.randn(256, 256, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(4)]
import copy
def bn_net():
    return nn.Sequential(nn.Linear(256, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128)).to(DEVICE)
online = bn_net()
target = copy.deepcopy(online)
for p in target.parameters():
    p.requires_grad_(False)
predictor = nn.Linear(128, 128).to(DEVICE)
opt = torch.optim.SGD([*online.parameters(), *predictor.parameters()], lr=0.05)
# %% functions
@torch.no_grad()
def target_projection(view):
    return F.normalize(target(view), dim=-1)

@torch.no_grad()
def update_target(tau=0.99):
    for a, b in zip(online.parameters(), target.parameters()):
        b.lerp_(a, 1 - tau)

def byol_step(x):
    v1, v2 = x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)
    p = F.normalize(predictor(online(v1)), dim=-1)
    z = target_projection(v2)
    loss = 2 - 2 * (p * z).sum(-1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    update_target()
    return loss.item()
# %% train
hist = []
for epoch in range(3):
    for x, _ in loader:
        hist.append(byol_step(x))
