# advice: compress pruning-no-savings 7
# fixed: not compared: masks are gone
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)).to(DEVICE).eval()
x = torch.randn(4, 512, device=DEVICE)
# %% functions
import torch.nn.utils.prune as P

def sparsify(net, amount):
    for layer in net.modules():
        if not isinstance(layer, nn.Linear):
            continue
        P.l1_unstructured(layer, name="weight", amount=amount)
# %% compress
sparsify(model, amount=0.5)
# %% predict
with torch.no_grad():
    out = model(x)
# %% report
sparsity = float((model[0].weight == 0).float().mean())
