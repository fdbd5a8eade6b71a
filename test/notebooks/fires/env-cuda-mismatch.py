# advice: setup env-cuda-mismatch
# machine: {"driver_devices": 1, "driver_version": "570.86", "build_cuda": null, "accelerator": null, "device_count": 0}
# %% setup
import torch

torch.manual_seed(0)
# %% use
x = torch.randn(8, 8, device=DEVICE)
mean = x.mean().item()
