# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(16, 1024), nn.ReLU(), nn.Dropout(0.5), nn.Linear(1024, 1)).to(DEVICE)
x = torch.randn(4096, 16, device=DEVICE)
# %% uncertainty
model.train()  # dropout stays on: Monte Carlo dropout
with torch.no_grad():
    draws = torch.stack([model(x) for _ in range(20)])
mean, std = draws.mean(0), draws.std(0)
# %% helper
def enable_dropout(module):
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.train()

model.eval()
enable_dropout(model)
with torch.no_grad():
    more = torch.stack([model(x) for _ in range(10)])
