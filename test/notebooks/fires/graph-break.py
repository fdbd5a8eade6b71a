# advice: train graph-break 9
# torch: 2.6
# fixed: no
# %% setup
import torch
import torch._dynamo
from torch import nn

torch.manual_seed(0)
torch._dynamo.reset()
torch._dynamo.config.disable = False
# %% train
%%torchprof --deep --steps 3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.Linear(8, 8), nn.Linear(8, 1)

    def forward(self, x):
        y = self.layer(x).relu()
        if y.sum() > 1e9:
            y = y / 2
        return self.head(y)


net = Net()
fast = torch.compile(net, backend="eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    fast(torch.ones(4, 8)).square().mean().backward()
    optimizer.step()
# %% end
torch._dynamo.reset()
