import torch
model = Net()
for (x, y), z in zip(loader, others):
    out = model(x)
