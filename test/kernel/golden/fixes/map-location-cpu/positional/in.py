import torch
from torch import nn

model = torch.load(path, torch.device("cpu"), weights_only=False)
