# advice: train zero-grad-set-to-none 2
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
    optimizer.zero_grad(set_to_none=False)
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    optimizer.step()
