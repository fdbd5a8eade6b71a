# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune

torch.manual_seed(0)
x = torch.randn(4, 512, device=DEVICE)
# %% functions
def make():
    layers = nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)
    return nn.Sequential(*layers).to(DEVICE)

def sparsify(net, permanent=False):
    for layer in (net[0], net[2]):
        prune.l1_unstructured(layer, name="weight", amount=0.5)
        if permanent:
            prune.remove(layer, "weight")

def tune(net, steps=2):
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(net(x), x).backward()
        optimizer.step()
# %% permanent
small = make()
sparsify(small, permanent=True)
# %% masked
model = make()
sparsify(model)
# %% look
sparsity = float((model[0].weight == 0).float().mean())
# %% tune
tune(model)
# %% done
for layer in (model[0], model[2]):
    prune.remove(layer, "weight");
# %% report
total = sum(p.numel() for p in model.parameters())
