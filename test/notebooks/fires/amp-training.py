# advice: train amp-training 3
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [9, 0], "bf16": true, "matmul_precision": "high"}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
from torch.utils.data import DataLoader, TensorDataset

wide = [nn.Linear(256, 4096), *(nn.Tanh() for _ in range(10))]
model = nn.Sequential(*wide, nn.Linear(4096, 10))
model.to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
data = TensorDataset(torch.randn(768, 256), torch.randint(0, 10, (768,)))
loader = DataLoader(data, batch_size=64)
# %% train
for x, y in loader:
    x, y = x.to(DEVICE), y.to(DEVICE)
    scores = model(x)
    loss = F.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
