# advice: none
# %% setup
import copy
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 1)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
# %% train
best, best_state = float("inf"), None
for epoch in range(8):
    x = torch.randn(64, 32, device=DEVICE)
    loss = F.mse_loss(model(x), x.sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if loss.item() < best:
        best, best_state = loss.item(), copy.deepcopy(model.state_dict())
# %% restore
model.load_state_dict(best_state)
