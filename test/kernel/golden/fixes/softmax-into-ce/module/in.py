from torch import nn
criterion = nn.CrossEntropyLoss()
loss = criterion(nn.Softmax(dim=1)(net(batch["x"])), batch["y"])