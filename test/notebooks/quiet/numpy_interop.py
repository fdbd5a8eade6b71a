# advice: none
# %% a
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

array = np.arange(12, dtype=np.float32).reshape(3, 4)
tensor = torch.from_numpy(array)
# %% b
tensor.mul_(2)
(array == tensor.numpy()).all()
# %% c
stats = {"mean": tensor.mean().item(), "std": tensor.std().item()}
stats
