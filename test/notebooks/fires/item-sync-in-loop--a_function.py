# advice: run item-sync-in-loop 9 10
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
# %% functions
def train(model, x, y, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses, scores = [], []
    for step in range(steps):
        optimizer.zero_grad()
        out = model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step(); losses.append(loss.item())
        scores.append(max(out.detach().flatten().tolist()))
    return losses, scores
# %% run
model = nn.Linear(32, 10).to(DEVICE)
x, y = torch.randn(4096, 32, device=DEVICE), torch.randint(0, 10, (4096,), device=DEVICE)
losses, scores = train(model, x, y, 400)
