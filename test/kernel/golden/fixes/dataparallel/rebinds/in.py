from torch import nn
model = Net()
model = nn.DataParallel(model)
x = 1
