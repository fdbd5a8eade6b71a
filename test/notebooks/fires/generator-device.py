# advice: b generator-device 2
# needs: accelerator
# %% a
import torch

generator = torch.Generator().manual_seed(0)
# %% b
# raises: RuntimeError
noise = torch.randn(4, generator=generator, device=DEVICE)
