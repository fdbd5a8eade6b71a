import torch.nn as nn
model = Net(10).to(device)  # all GPUs
