import torch
mask = torch.ones(8).cuda()
