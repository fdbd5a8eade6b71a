# advice: none
# forwards: outputs
# %% setup
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
layers = []
for _ in range(24):
    layers += [nn.Linear(64, 64), nn.GELU(), nn.LayerNorm(64)]
model = nn.Sequential(*layers, nn.Linear(64, 10)).to(DEVICE)
x = torch.randn(64, 64, device=DEVICE)
y = torch.randint(0, 10, (64,), device=DEVICE)
batches = [torch.randn(256, 64, device=DEVICE) for _ in range(8)]
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% train
history = []
for step in range(100):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    history.append(loss.item())
# %% outputs
outputs = []
for batch in batches:
    outputs.append(model(batch))
# %% contrast
optimizer.zero_grad()
together = torch.stack(outputs)
spread = together.var(0).mean()
spread.backward()
optimizer.step()
