import torch
from torch import nn

model = torch.load(path, map_location="cpu")
