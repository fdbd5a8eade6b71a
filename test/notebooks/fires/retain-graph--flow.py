# advice: train retain-graph 9
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

layers = nn.ModuleList(nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 16)) for _ in range(12)).to(DEVICE)
optimizer = torch.optim.SGD(layers.parameters(), lr=0.01)
# %% train
for step in range(4):
    optimizer.zero_grad()
    z = torch.randn(512, 16, device=DEVICE)
    penalty = 0
    for layer in layers:
        z = z + torch.tanh(layer(z))
        penalty = penalty + z.pow(2).mean()
    loss = z.pow(2).mean() + 0.1 * penalty
    loss.backward(retain_graph=True)
    optimizer.step()
