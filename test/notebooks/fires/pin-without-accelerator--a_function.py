# advice: train pin-without-accelerator 2
# torch: 2.9
# needs: cpu
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
# %% functions
def loaders(*sizes):
    return [DataLoader(make(size), batch_size=16, pin_memory=True) for size in sizes]

def make(size):
    return TensorDataset(torch.randn(size, 20), torch.randn(size, 1))

def fit(model, loader, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% train
train, valid = loaders(64, 16)
fit(nn.Linear(20, 1), train, lr=0.1)
