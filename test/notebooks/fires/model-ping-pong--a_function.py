# advice: run model-ping-pong 5 7
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1024, 8192), nn.ReLU(), nn.Linear(8192, 1024)).eval()
batches = torch.randn(10, 8, 1024)
# %% functions
@torch.no_grad()
def predict(model, batches):
    means = []
    for batch in batches:
        model.to(DEVICE)
        means.append(model(batch.to(DEVICE)).mean().item())
        model.cpu()
    return means
# %% run
means = predict(model, batches)
