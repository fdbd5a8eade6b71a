# advice: none
# forwards: b
# %% a
import torch
from torch import nn

torch.manual_seed(0)

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.blocks = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return x

model = Deep().to(DEVICE)
x = torch.randn(4, 6, device=DEVICE)
# %% b
out = model.forward(x)
