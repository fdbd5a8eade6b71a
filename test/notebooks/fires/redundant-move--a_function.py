# advice: run redundant-move 5
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(600))).to(DEVICE).eval()
batches = torch.randn(64, 8, 4)
# %% functions
@torch.no_grad()
def predict(model, batches):
    means = []
    for batch in batches:
        model.to(DEVICE)
        means.append(model(batch.to(DEVICE)).mean().item())
    return means
# %% run
means = predict(model, batches)
