# advice: none
# %% setup
import torch
from torch import nn
torch.manual_seed(0)
x, y = torch.randn(64, 1024, device=DEVICE), torch.randn(64, 1024, device=DEVICE)
def predictor(net):
    def predict(z):
        with torch.no_grad():
            return net(z)
    return predict
def build(width):
    global model, optimizer, predict
    model = nn.Sequential(nn.Linear(1024, width), nn.ReLU(), nn.Linear(width, 1024)).to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters())
    predict = predictor(model)
def train():
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
# %% one
build(1024)
seen = train()
# %% keep
small, small_optimizer = predict, optimizer
# %% two
build(2048)
# %% train
seen = train()
# %% both
seen = (small(x) - predict(x)).abs().sum().item()
# %% tune_small
for group in small_optimizer.param_groups:
    group["lr"] = 0.0
