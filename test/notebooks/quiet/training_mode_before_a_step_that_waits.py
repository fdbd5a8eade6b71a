# advice: none
# waits: backward
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)

def outputs_of(net, parts):
    kept = []
    for part in parts:
        kept.append(net(part))
    return kept
# %% train
for epoch in range(5):
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% step
scores = net(x)
# %% look
right = (scores.argmax(1) == y).sum().item()
# %% parts
outputs = outputs_of(net, x.split(50))
# %% look_again
counts = [out.argmax(1).bincount().tolist() for out in outputs]
# %% backward
nn.functional.cross_entropy(scores, y).backward()
torch.cat(outputs).logsumexp(1).mean().backward()
optimizer.step()
