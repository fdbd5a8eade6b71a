# advice: none
# torch: 2.7
# %% setup
import torch
import torch._dynamo
from torch import nn

torch.manual_seed(0)
torch._dynamo.reset()
torch._dynamo.config.disable = False
# %% sizes
%%torchprof --deep --steps 3
net = nn.Sequential(*(nn.Linear(8, 8) for _ in range(20)))
fast = torch.compile(net, backend="eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(12):
    # Sizes are taken for any after the second; so is a number that is handed over.
    optimizer.zero_grad()
    fast(torch.ones(3 + step, 8)).square().mean().backward()
    optimizer.step()
# %% modes
%%torchprof --deep --steps 3
for epoch in range(3):
    net.train()
    for step in range(3):
        optimizer.zero_grad()
        fast(torch.ones(4, 8)).square().mean().backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        fast(torch.ones(4, 8)).square().mean()
# %% scaled
%%torchprof --deep --steps 3
@torch.compile(backend="eager")
def scaled(x, n):
    return net(x) * n


for step in range(12):
    optimizer.zero_grad()
    scaled(torch.ones(4, 8), step + 2).square().mean().backward()
    optimizer.step()
# %% end
torch._dynamo.reset()
