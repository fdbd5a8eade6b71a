# advice: train channels-last
# needs: accelerator
# machine: {"capability": [8, 0], "record.duration_s": 2.0}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
model.to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
x, y = torch.randn(4, 3, 16, 16, device=DEVICE), torch.randint(0, 8, (4,), device=DEVICE)
# %% train
for _ in range(25):
    with torch.autocast(DEVICE.split(":")[0], dtype=torch.bfloat16):
        loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
