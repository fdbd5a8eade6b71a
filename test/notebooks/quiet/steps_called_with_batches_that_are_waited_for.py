# advice: none
# needs: accelerator
# machine: {"memory.utilisation": 0.4, "record.duration_s": 12.0, "data_loading.wait_s": 11.5, "capability": [9, 0], "bf16": true, "matmul_precision": "high"}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 768), nn.ReLU(), nn.Linear(768, 8)).to(DEVICE)
data = TensorDataset(torch.randn(500, 256, 64), torch.randn(500, 256, 8))
loader = DataLoader(data, batch_size=None)

def step(net, opt, x, y):
    loss = F.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
# %% train
opt = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
for x, y in loader:
    step(model, opt, x.to(DEVICE), y.to(DEVICE))
