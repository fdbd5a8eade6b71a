# advice: none
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [9, 0], "bf16": true, "matmul_precision": "high"}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
scaler = torch.amp.GradScaler(DEVICE)
wide = [nn.Linear(256, 4096), *(nn.Tanh() for _ in range(10))]
model = nn.Sequential(*wide, nn.Linear(4096, 10)).to(DEVICE)
opt = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
batches = [(torch.randn(64, 256), torch.randint(0, 10, (64,))) for _ in range(12)]

def fit(net, opt, data):
    for x, y in data:
        x, y = x.to(DEVICE), y.to(DEVICE)
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
# %% train
fit(model, opt, batches)
