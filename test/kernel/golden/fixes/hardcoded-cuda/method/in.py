import torch
model = Net().cuda()
x = x.cuda(non_blocking=True)
