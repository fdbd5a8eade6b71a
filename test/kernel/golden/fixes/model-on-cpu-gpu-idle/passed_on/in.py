import torch
model = Net()
fit(model, loader)
