from torch import nn
model = nn.DataParallel(*args)
