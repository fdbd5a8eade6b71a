# advice: prune pruning-no-savings 3
# fixed: not compared: masks are gone
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)).to(DEVICE).eval()
x = torch.randn(4, 512, device=DEVICE)
# %% prune
from torch.nn.utils import prune
for layer in (model[0], model[2]):
    prune.l1_unstructured(layer, name="weight", amount=0.5)
# %% predict
with torch.no_grad():
    out = model(x)
# %% report
sparsity = float((model[0].weight == 0).float().mean())
