import torch
model = Net()
for x, y in loader:
    outs.append(model(x).detach().numpy())
