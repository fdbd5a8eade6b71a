from torch import nn
import torch
criterion = nn.CrossEntropyLoss()
for x, y in loader:
    loss = criterion(torch.softmax(model(x), 1), y)  # probabilities
    loss.backward()
