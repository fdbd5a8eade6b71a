# advice: b shape-mismatch 2
# fixed: not compared: the cell failed before
# %% a
import torch

torch.manual_seed(0)
frames = torch.randn(2, 3, 4, device=DEVICE).transpose(1, 2)
# %% b
# raises: RuntimeError
flat = frames.view(2, -1)
