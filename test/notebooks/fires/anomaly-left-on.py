# advice: train anomaly-left-on 7
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

torch.autograd.set_detect_anomaly(True)
model = nn.Linear(16, 4).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = torch.randn(60, 8, 16)
# %% train
for x in data:
    optimizer.zero_grad()
    model(x.to(DEVICE)).pow(2).mean().backward()
    optimizer.step()
# %% off
torch.autograd.set_detect_anomaly(False);
