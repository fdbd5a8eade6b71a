import torch
model = Net()
for x in range(3):
    out = model(x)
