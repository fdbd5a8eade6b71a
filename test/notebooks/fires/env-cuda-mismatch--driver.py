# advice: setup env-cuda-mismatch
# machine: {"driver_devices": 2, "driver_version": "470.1", "build_cuda": "12.6", "capability": null}
# %% setup
import torch

torch.manual_seed(0)
# %% use
x = torch.randn(8, 8, device=DEVICE)
mean = x.mean().item()
