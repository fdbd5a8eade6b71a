# advice: train channels-last
# needs: accelerator
# machine: {"capability": [8, 0], "record.duration_s": 2.0}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from types import SimpleNamespace

torch.manual_seed(0)

lab = SimpleNamespace(kind=DEVICE.split(":")[0])
lab.net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).to(DEVICE)

def fit(net, opt, steps):
    x, y = torch.randn(4, 3, 16, 16, device=DEVICE), torch.randint(0, 8, (4,), device=DEVICE)
    for _ in range(steps):
        with torch.autocast(lab.kind, dtype=torch.bfloat16):
            loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
# %% train
fit(lab.net, torch.optim.SGD(lab.net.parameters(), lr=0.01, foreach=True), 25)
