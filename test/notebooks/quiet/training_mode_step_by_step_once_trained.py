# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)

def fit(net, steps):
    for step in range(steps):
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% train
fit(net, 5)
# %% step
scores = net(x)
# %% look
right = (scores.argmax(1) == y).sum().item()
# %% loss
loss = nn.functional.cross_entropy(scores, y)
# %% backward
optimizer.zero_grad()
loss.backward()
optimizer.step()
# %% shapes
out = net(x[:2])
print(out.shape, out.dtype)
# %% nobody_reads
features = net[:3](x)
