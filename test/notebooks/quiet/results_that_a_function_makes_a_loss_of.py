# advice: none
# forwards: forward
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)

def total():
    return nn.functional.cross_entropy(torch.cat(outputs), y)
# %% forward
outputs = [model(part) for part in x.chunk(4)]
# %% look
count = len(outputs)
# %% train
loss = total()
optimizer.zero_grad()
loss.backward()
optimizer.step()
