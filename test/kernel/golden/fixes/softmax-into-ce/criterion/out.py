from torch import nn
import torch
criterion = nn.CrossEntropyLoss()
for x, y in loader:
    loss = criterion(model(x), y)  # probabilities
    loss.backward()
