import torch
state = torch.load(path, map_location='cuda:0')
