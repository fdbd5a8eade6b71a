import torch.nn.functional as fn
from torch import nn

criterion = nn.CrossEntropyLoss()
loss = criterion(model(x), y)
loss.backward()
