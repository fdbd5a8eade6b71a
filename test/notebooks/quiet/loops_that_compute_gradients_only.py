# advice: none
# forwards: forwards_and_backwards given
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]

class Trainer:
    """Steps where the text does not say so."""

    def __init__(self, optimizer):
        self.go = getattr(optimizer, "st" + "ep")
# %% forwards_and_backwards
# No optimizer yet: is the loss differentiable at all?
for x, y in batches:
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
# %% given
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
trainer = Trainer(optimizer)
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    trainer.go()
