import torch
model = Net()
for a, b, path in loader:
    out = model(a)
