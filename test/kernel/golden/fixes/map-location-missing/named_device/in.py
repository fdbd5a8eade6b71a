import torch
device = torch.device('cpu')
state = torch.load(path, weights_only=True)
