# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 16).to(DEVICE), torch.randint(0, 4, (32,)).to(DEVICE)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(16, 16)
        self.experts = nn.ModuleList(nn.Linear(16, 4) for _ in range(4))

    def forward(self, x, expert=0):
        with torch.no_grad():
            features = self.encoder(x)
        return self.experts[expert](features)

net = Net().to(DEVICE)
# %% frozen
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(6):
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
# %% resting
rest = torch.optim.SGD(net.experts[3].parameters(), lr=0.1)
for step in range(6):
    optimizer.zero_grad()
    rest.zero_grad()
    F.cross_entropy(net(x, 1), y).backward()
    optimizer.step()
    rest.step()
# %% schedule
rates = []
scheduler = torch.optim.lr_scheduler.ExponentialLR(rest, 0.9)
for step in range(8):
    rest.step()
    scheduler.step()
    rates.append(scheduler.get_last_lr()[0])
# %% closure
head = torch.optim.SGD(net.experts[2].parameters(), lr=0.1)

def closure():
    loss = F.cross_entropy(net(x, 2), y)
    loss.backward()
    return loss

for step in range(6):
    head.step(closure)
    head.zero_grad()
