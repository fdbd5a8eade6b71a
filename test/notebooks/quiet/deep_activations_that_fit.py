# advice: none
# needs: cpu
# deep: train
# %% model
import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.blocks = nn.Sequential(*(nn.Sequential(nn.Linear(64, 64), nn.Tanh()) for _ in range(8)))

    def forward(self, x):
        x = self.first(x)
        return self.blocks(x)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(16384, 64)
# %% train
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()
