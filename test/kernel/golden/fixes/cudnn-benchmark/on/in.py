import torch
from torch import nn

model = Net()
