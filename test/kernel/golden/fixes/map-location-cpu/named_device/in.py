import torch
from torch import nn

device = pick()
model = torch.load(path, map_location="cpu")
