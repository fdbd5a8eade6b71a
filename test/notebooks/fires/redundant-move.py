# advice: predict redundant-move 4
# needs: accelerator
# %% setup
import torch
from torch import nn


class Experts(nn.Module):
    """Many small parts, of which each batch needs one."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(4, 4) for _ in range(600))

    def forward(self, x):
        return self.parts[len(x)](x)


torch.manual_seed(0)
model = Experts().to(DEVICE).eval()
batches = torch.randn(20, 8, 4)
# %% predict
means = []
with torch.no_grad():
    for batch in batches:
        model.to(DEVICE)
        means.append(model(batch.to(DEVICE)).mean().item())
