# advice: setup env-cuda-mismatch
# machine: {"driver_devices": 2, "driver_version": "470.1", "build_cuda": "12.6", "capability": null}
# %% setup
import warnings

import torch

torch.manual_seed(0)
# What torch.cuda.is_available() says with such a driver.
warnings.warn(
    "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040). "
    "Alternatively, go to: https://pytorch.org to install a PyTorch version that has been "
    "compiled with your version of the CUDA driver."
)
# %% use
x = torch.randn(8, 8, device=DEVICE)
mean = x.mean().item()
