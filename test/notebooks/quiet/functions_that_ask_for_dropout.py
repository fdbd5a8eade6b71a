# advice: none
# forwards: samples spread function
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 1)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(64, 16, device=DEVICE)
y = torch.randn(64, 1, device=DEVICE)

def fit(steps):
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

@torch.no_grad()
def draw(batch):
    model.train()
    return model(batch)

@torch.no_grad()
def forward(batch):
    return model(batch)

def answers(batch, times):
    return torch.stack([forward(batch) for _ in range(times)])
# %% fit
fit(20)
# %% samples
samples = torch.stack([draw(x) for _ in range(20)])
# %% spread
# The same input again and again: how much do the answers differ?
spread = torch.stack([forward(x) for _ in range(20)]).std(0).mean().item()
# %% function
# A function of another cell asks.
deviation = answers(x, 20).std(0).mean().item()
