# advice: none
# %% setup
import torch
import torch._dynamo
from torch import nn

torch.manual_seed(0)
torch._dynamo.reset()
torch._dynamo.config.disable = False


@torch.compiler.disable
def looked_at(y):
    return y if y.sum() < 1e9 else y / 2


class Net(nn.Module):
    def __init__(self, looks):
        super().__init__()
        self.layer, self.head, self.looks = nn.Linear(8, 8), nn.Linear(8, 1), looks

    def forward(self, x):
        y = self.layer(x).relu()
        if self.looks:
            y = looked_at(y)
        return self.head(y)
# %% whole
%%torchprof --deep --steps 3
net = Net(False)
fast = torch.compile(net, backend="eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    fast(torch.ones(4, 8)).square().mean().backward()
    optimizer.step()
# %% wanted
%%torchprof --deep --steps 3
net = Net(True)
fast = torch.compile(net, backend="eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    fast(torch.ones(4, 8)).square().mean().backward()
    optimizer.step()
# %% once
%%torchprof --deep --steps 3
@torch.compile(backend="eager")
def start(x):
    print("begins", end="\r")
    return x * 2


scale = start(torch.ones(4, 8))
net = Net(False)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    net(scale).square().mean().backward()
    optimizer.step()
# %% end
torch._dynamo.reset()
