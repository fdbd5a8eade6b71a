# advice: train bf16-over-fp16 2
# machine: {"bf16": true}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(8, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
# %% train
for _ in range(5):
    with torch.autocast(DEVICE.split(":")[0], dtype=torch.float16):
        loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
