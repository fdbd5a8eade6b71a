# advice: train optimizer-before-param-swap
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD as Sgd

torch.manual_seed(0)

x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
weights = nn.Linear(8, 1).to(DEVICE).state_dict()
# %% functions
def make(lr=0.1):
    model = nn.Linear(8, 1).to(DEVICE)
    return model, Sgd(model.parameters(), lr=lr)

def fit(pair, steps=5):
    model, optimizer = pair
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
# %% model
pair = make()
# %% weights
pair[0].load_state_dict(weights, assign=True)
pair[0].train();
# %% train
fit(pair)
