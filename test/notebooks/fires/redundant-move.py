# advice: predict redundant-move 4
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(600))).to(DEVICE).eval()
batches = torch.randn(32, 8, 4)
# %% predict
means = []
with torch.no_grad():
    for batch in batches:
        model.to(DEVICE)
        means.append(model(batch.to(DEVICE)).mean().item())
