# advice: look manual-monitoring 2
# needs: accelerator
# %% setup
import torch

x = torch.ones(1, device=DEVICE)
# %% look
used = 1
print(torch.accelerator.memory_allocated() > 0)
