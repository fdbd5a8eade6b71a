import torch
model = Net()
for a, b in loader:
    out = model(a) * scale
