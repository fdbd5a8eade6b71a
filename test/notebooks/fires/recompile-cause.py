# advice: train recompile-cause 8
# torch: 2.7
# %% setup
import torch
import torch._dynamo
from torch import nn

torch.manual_seed(0)
torch._dynamo.reset()
torch._dynamo.config.disable = False
# %% train
%%torchprof --deep --steps 3
class Warming(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(8, 8) for _ in range(20)))
        self.epoch = 0

    def forward(self, x):
        return self.layers(x) * min(1.0, self.epoch / 4)


net = Warming()
fast = torch.compile(net, backend="eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(12):
    net.epoch = step // 3
    optimizer.zero_grad()
    fast(torch.ones(4, 8)).square().mean().backward()
    optimizer.step()
# %% end
torch._dynamo.reset()
