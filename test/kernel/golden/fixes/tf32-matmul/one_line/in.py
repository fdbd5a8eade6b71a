import torch, numpy as np; x = torch.ones(3)
