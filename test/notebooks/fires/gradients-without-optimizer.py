# advice: train gradients-without-optimizer 6
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(32, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 512)).to(DEVICE)
head = nn.Linear(512, 10).to(DEVICE)
optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
# %% train
losses = []
for x, y in batches:
    optimizer.zero_grad()
    loss = F.cross_entropy(head(backbone(x.to(DEVICE))), y.to(DEVICE))
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
