# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def build():
    return nn.Sequential(nn.Linear(64, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 10)).to(DEVICE)

models = [build() for _ in range(4)]
optimizers = [torch.optim.Adam(m.parameters()) for m in models]
# %% train
for m, o in zip(models, optimizers):
    for _ in range(3):
        o.zero_grad()
        F.cross_entropy(m(torch.randn(32, 64, device=DEVICE)), torch.randint(0, 10, (32,), device=DEVICE)).backward()
        o.step()
# %% vote
with torch.no_grad():
    votes = torch.stack([m.eval()(torch.ones(5, 64, device=DEVICE)).softmax(1) for m in models]).mean(0)
