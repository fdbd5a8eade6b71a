# advice: train parameters-without-gradient 7
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
# %% train
losses = []
for x, y in batches:
    out = model(x.to(DEVICE))
    loss = F.cross_entropy(out, y.to(DEVICE))
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    losses.append(loss.item())
