import torch
model = Net().cuda(1)
