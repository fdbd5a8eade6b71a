# advice: train use-reentrant 13
# %% setup
import torch
from torch import nn
from torch.utils import checkpoint as C

torch.manual_seed(0)

class Deep(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(32, 32), nn.ReLU()) for _ in range(blocks))
    def forward(self, h):
        for block in self.blocks:
            h = C.checkpoint(block, h)
        return h
# %% train
net = Deep(3).to(DEVICE)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(3):
    opt.zero_grad()
    net(torch.randn(16, 32, device=DEVICE, requires_grad=True)).pow(2).mean().backward()
    opt.step()
