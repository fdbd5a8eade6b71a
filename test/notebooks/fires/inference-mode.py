# advice: predict inference-mode 2
# rules_on: inference-mode
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)).to(DEVICE).eval()
data = [torch.randn(32, 16, device=DEVICE) for _ in range(4)]
# %% predict
predictions = []
with torch.no_grad():
    for x in data:
        predictions.append(model(x).softmax(-1))
# %% look
best = torch.cat(predictions).max().item()
