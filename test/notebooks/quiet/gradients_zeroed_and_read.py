# advice: none
# forwards: train
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% define
def clear(module):
    for p in module.parameters():
        if p.grad is not None:
            p.grad.zero_()

def largest(module):
    return max(p.grad[0].abs().max().item() for p in module.parameters())
# %% train
norms = []
for _ in range(4):
    clear(model)
    F.cross_entropy(model(torch.randn(32, 512, device=DEVICE)), torch.randint(0, 10, (32,), device=DEVICE)).backward()
    norms.append(largest(model))
    optimizer.step()
