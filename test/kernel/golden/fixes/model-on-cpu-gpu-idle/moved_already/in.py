import torch
model = Net()
for x, y in loader:
    x = x.to(device)
    out = model(x)
