# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune

torch.manual_seed(0)
x = torch.randn(4, 512, device=DEVICE)
model = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)).to(DEVICE)
# %% prune
for layer in (model[0], model[2]):
    prune.l1_unstructured(layer, name="weight", amount=0.5)
# %% helpers
def sparsity(layer):
    return float((layer.weight == 0).float().mean())
# %% look
print(sparsity(model[0]))
# %% training
import itertools

def tune(net, steps=2):
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
    for _ in itertools.repeat(None, steps):
        optimizer.zero_grad()
        F.mse_loss(net(x), x).backward()
        optimizer.step()
# %% tune
tune(model)
# %% done
for layer in (model[0], model[2]):
    prune.remove(layer, "weight")
