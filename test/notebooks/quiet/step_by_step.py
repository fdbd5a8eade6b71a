# advice: none
# %% model
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 1024), nn.ReLU(), nn.Linear(1024, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% forward
x, y = torch.randn(8192, 32, device=DEVICE), torch.randint(0, 10, (8192,), device=DEVICE)
out = model(x)
out.shape
# %% loss
loss = F.cross_entropy(out, y)
loss
# %% backward
optimizer.zero_grad()
loss.backward()
model[0].weight.grad.norm()
# %% step
optimizer.step()
# %% check
with torch.no_grad():
    print(F.cross_entropy(model(x), y).item() < loss.item())
