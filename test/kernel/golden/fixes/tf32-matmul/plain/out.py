import torch
from torch import nn
torch.set_float32_matmul_precision("high")

model = nn.Linear(8, 8)
