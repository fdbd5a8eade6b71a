import torch
model = Net()
for x, y in loader:
    out = model.encode(x)
