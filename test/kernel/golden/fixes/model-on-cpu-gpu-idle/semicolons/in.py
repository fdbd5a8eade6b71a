import torch
model = Net(); n = 0
for x, y in loader:
    out = model(x); n += 1
