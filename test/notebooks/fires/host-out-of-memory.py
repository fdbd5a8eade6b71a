# advice: b host-out-of-memory 2
# %% a
import torch

points = torch.ones(8)
# %% b
# raises: RuntimeError
distances = torch.empty(10**14)
