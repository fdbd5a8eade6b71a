# advice: train model-on-cpu-gpu-idle 1
# needs: accelerator
# fixed: within 0.01
# machine: {"record.duration_s": 8.0}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(1024, 512), torch.randint(0, 10, (1024,)))
loader = DataLoader(data, batch_size=128)
# %% model
model = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.Linear(2048, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
# %% define
def fit(epochs):
    for _ in range(epochs):
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
# %% train
fit(2)
