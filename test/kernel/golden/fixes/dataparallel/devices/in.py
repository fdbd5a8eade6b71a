import torch
model = torch.nn.DataParallel(net, device_ids=[0])