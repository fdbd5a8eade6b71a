# advice: train pin-without-accelerator 2
# torch: 2.9
# needs: cpu
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
# %% data
data = TensorDataset(torch.randn(64, 20), torch.randn(64, 1))
loader = DataLoader(data, batch_size=16, shuffle=True, pin_memory=True)
model = nn.Linear(20, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
for x, y in loader:
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
