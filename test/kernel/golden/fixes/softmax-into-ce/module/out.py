from torch import nn
criterion = nn.CrossEntropyLoss()
loss = criterion(net(batch["x"]), batch["y"])