# advice: none
# withdrawn: predict gpu-output-accumulation
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 4096).to(DEVICE).eval()
loader = [torch.randn(128, 64) for _ in range(8)]
# %% predict
cache = []
with torch.no_grad():
    for x in loader:
        cache.append(model(x.to(DEVICE)))
# %% use
values = torch.cat(cache).cpu().numpy()
# %% let_go
del cache
# %% after
norm = float((values**2).sum())
