from torch import nn
model = nn.DataParallel(model)  # four GPUs
