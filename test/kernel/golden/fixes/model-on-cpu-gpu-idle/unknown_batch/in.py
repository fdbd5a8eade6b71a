import torch
model = Net()
for batch in loader:
    out = model(batch)
