import torch.nn as nn
model = nn.DataParallel(Net(10)).to(device)  # all GPUs
