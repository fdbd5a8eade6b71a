# advice: train zero-grad-set-to-none 4
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(32, 512), torch.randint(0, 10, (32,))) for _ in range(5)]
# %% train
for x, y in batches:
    for p in model.parameters():
        if p.grad is not None:
            p.grad.zero_()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    optimizer.step()
