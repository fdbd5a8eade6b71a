# advice: train parameters-without-gradient 5
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Adapter(nn.Module):
    """As those of LoRA."""

    def __init__(self, base):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.up = nn.Parameter(torch.zeros(10, 32))

    def forward(self, x):
        return self.base(x) + x @ self.up.T

base = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(base.parameters(), lr=0.1)
model = Adapter(base).to(DEVICE)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
# %% train
for x, y in batches:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
    loss.backward()
    optimizer.step()
# %% silent_since_a_second_one_trains
second = torch.optim.SGD([model.up], lr=0.1)
for x, y in batches:
    second.zero_grad()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    optimizer.step()
    second.step()
