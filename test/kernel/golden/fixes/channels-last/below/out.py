import torch
model = resnet18().cuda()
model = model.to(memory_format=torch.channels_last)
x = next(batches)
