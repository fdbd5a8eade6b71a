# advice: features gpu-output-accumulation 7
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Linear(64, 4096).to(DEVICE).eval().requires_grad_(False)
batches = [torch.randn(128, 64, device=DEVICE) for _ in range(8)]
# %% features
def run():
    features = [backbone(x) for x in batches]
    return features

kept = []
for x in batches:
    kept.append(backbone(x))
# %% other
a = 1
# %% another
b = 2
