import torch
state = torch.load(*arguments)
