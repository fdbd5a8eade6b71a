# advice: large batch-headroom
# needs: accelerator
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 512)).to(DEVICE).eval()
data = TensorDataset(torch.randn(1024, 512, device=DEVICE))

def embed(loader):
    with torch.no_grad():
        for (x,) in loader:
            out = model(x)
# %% warm
embed(DataLoader(data, batch_size=128))
# %% small
embed(DataLoader(data, batch_size=1))
# %% large
loader = DataLoader(data, batch_size=256)
for _ in range(4):
    embed(loader)
