import torch
model = Net()
for x, y in loader:
    with torch.no_grad():
        out = model(x)
