# advice: none
# needs: accelerator
# machine: {"capability": [9, 0], "bf16": true, "matmul_precision": "highest"}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

# A million parameters, but small batches: single operations are too small for tensor cores.
model = nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.Linear(1024, 10))
model.to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(16, 64, device=DEVICE)
y = torch.randint(0, 10, (16,), device=DEVICE)
# %% train
for _ in range(300):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% predict
model.eval()
with torch.no_grad():
    for _ in range(1000):
        accuracy = (model(x).argmax(dim=1) == y).float().mean()
