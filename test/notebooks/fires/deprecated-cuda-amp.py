# advice: train deprecated-cuda-amp
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.cuda.amp import GradScaler, autocast

torch.manual_seed(0)

model = nn.Linear(8, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
# %% train
scaler = GradScaler(enabled=False)
for _ in range(3):
    with autocast(enabled=False):
        loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
