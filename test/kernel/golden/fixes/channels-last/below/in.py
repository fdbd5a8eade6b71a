import torch
model = resnet18().cuda()
x = next(batches)
