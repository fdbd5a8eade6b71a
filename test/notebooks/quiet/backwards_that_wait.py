# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = [(torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE))] * 3
every, dry_run = 4, True
# %% gathers
losses = []
for step, (x, y) in enumerate(loader):
    losses.append(F.cross_entropy(model(x), y, reduction="none"))
    if step % every == every - 1:
        torch.cat(losses).mean().backward()
        losses.clear()
# %% first_step_only
for x, y in loader:
    out = model(x)
    if dry_run:
        break
    F.cross_entropy(out, y).backward()
