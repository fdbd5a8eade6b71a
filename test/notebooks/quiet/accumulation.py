# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters())
batches = [(torch.randn(16, 32), torch.randint(0, 10, (16,))) for _ in range(10)]
k = 4
# %% train
optimizer.zero_grad()
for i, (x, y) in enumerate(batches):
    loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)) / k
    loss.backward()
    if (i + 1) % k == 0 or i + 1 == len(batches):
        optimizer.step()
        optimizer.zero_grad()
