# advice: predict model-ping-pong 4 6
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(1024, 8192), nn.ReLU(), nn.Linear(8192, 1024)).eval()
batches = torch.randn(6, 8, 1024)
# %% predict
means = []
with torch.no_grad():
    for batch in batches:
        model.to(DEVICE)
        means.append(model(batch.to(DEVICE)).mean().item())
        model.cpu()
