# advice: none
# waits: backward
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]).to(DEVICE).eval()
x = torch.randn(4096, 256, device=DEVICE)
# %% forward
features = [model(part) for part in x.chunk(4)]
# %% other
print(len(features))
# %% another
print(features[0].shape)
# %% backward
torch.cat(features).square().mean().backward()
