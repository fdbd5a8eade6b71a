# advice: none
# forwards: train
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

data = torch.randn(2048, 256, device=DEVICE)
target = torch.randn(2048, 1, device=DEVICE)
model = nn.Linear(256, 1).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% train
def fit(steps):
    for _ in range(steps):
        loss = (model(data) - target).square().mean()
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
    return loss.item()

last = fit(4)
