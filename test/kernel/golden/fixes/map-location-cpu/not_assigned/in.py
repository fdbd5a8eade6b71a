import torch
from torch import nn

use(torch.load(path, map_location="cpu"))
