# advice: train activation-checkpointing; train vram-near-limit
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
net = nn.Sequential(nn.Linear(1, 64), *(nn.ReLU() for _ in range(19))).to(DEVICE)

def step(net, opt, rows):
    opt.zero_grad()
    net(torch.randn(rows, 1, device=DEVICE)).mean().backward()
    opt.step()
# %% train
step(net, torch.optim.SGD(net.parameters(), lr=0.01), int(total * 0.044 / (64 * 4)))
