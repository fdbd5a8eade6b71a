# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(32, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x, y = torch.randn(64, 32), torch.randint(0, 10, (64,))

def fit(scaler, opt, steps, factor=1.0):
    for _ in range(steps):
        opt.zero_grad()
        scaler.scale(F.cross_entropy(model(x), y) * factor).backward()
        scaler.step(opt)
        scaler.update()
# %% found
fit(torch.amp.GradScaler("cpu", init_scale=2.0**127), optimizer, 12, 256.0)
# %% off
fit(torch.amp.GradScaler("cpu", enabled=False), optimizer, 6)
# %% fused
fused = torch.optim.SGD(model.parameters(), lr=0.01, fused=True)
fit(torch.amp.GradScaler("cpu", init_scale=2.0**127), fused, 12, 256.0)
# %% scheduled
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
fit(torch.amp.GradScaler("cpu"), optimizer, 6)
scheduler.step()
# %% few
fit(torch.amp.GradScaler("cpu"), optimizer, 4, float("inf"))
