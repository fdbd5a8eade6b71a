# advice: train accumulation-unscaled 4
# fixed: not compared: gradients are divided
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
batches = [(torch.randn(16, 32), torch.randint(0, 10, (16,))) for _ in range(8)]
accumulation_steps = 4
# %% train
optimizer.zero_grad()
for i, (x, y) in enumerate(batches):
    loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
    loss.backward()
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
