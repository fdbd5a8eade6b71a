# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(8, 2100, device=DEVICE)
def build(width=2100):
    global model
    model = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4)).to(DEVICE)
# %% build
build()
# %% optimizer
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% build_again
build()
# %% helpers
from statistics import mean

def step():
    optimizer.zero_grad()
    loss = model(x).square().mean()
    loss.backward()
    optimizer.step()
    return loss.item()
# %% optimizer_again
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
print(mean(step() for _ in range(3)))
