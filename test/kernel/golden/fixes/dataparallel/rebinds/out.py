from torch import nn
model = Net()
x = 1
