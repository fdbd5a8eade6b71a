# advice: b optimizer-state-device 5
# needs: cuda
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 64)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.randn(4, 64)).sum().backward()
optimizer.step()
# %% b
# raises: RuntimeError
model.to(DEVICE)
optimizer.zero_grad()
model(torch.randn(4, 64, device=DEVICE)).sum().backward()
optimizer.step()
