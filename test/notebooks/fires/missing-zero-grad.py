# advice: train missing-zero-grad 4
# fixed: not compared: gradients no longer add up
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
# %% train
for x, y in batches:
    x, y = x.to(DEVICE), y.to(DEVICE)
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
