# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

weight = nn.Parameter(torch.tensor(70.0))
optimizer = torch.optim.SGD([weight], lr=1.0)
torch.autograd.set_detect_anomaly(True)
# %% search
# raises: RuntimeError
for step in range(100):
    optimizer.zero_grad()
    loss = (weight.clamp(min=0) * torch.sqrt(weight.clamp(min=0))) * 0 + weight
    loss.backward()
    optimizer.step()
# %% found
torch.autograd.set_detect_anomaly(False)
