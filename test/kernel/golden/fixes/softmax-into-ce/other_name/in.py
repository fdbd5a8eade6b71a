import torch.nn.functional as fn
from torch import nn

criterion = nn.CrossEntropyLoss()
loss = criterion(fn.softmax(model(x), dim=1), y)
loss.backward()
