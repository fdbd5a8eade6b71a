# advice: b unregistered-layer 2
# %% a
import torch
from torch import nn

torch.manual_seed(0)

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(6, 6) for _ in range(3)]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x

model = Deep()
# %% b
# raises: ValueError
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
