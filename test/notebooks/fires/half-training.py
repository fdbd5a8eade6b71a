# advice: train half-training
# torch: 2.9
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(8, 1).to(DEVICE).half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(64, 8, device=DEVICE).half(), torch.randn(64, 1, device=DEVICE).half()
# %% train
for _ in range(5):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
