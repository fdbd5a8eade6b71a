# advice: look manual-monitoring 1
# %% setup
import torch

x = torch.ones(1, device=DEVICE)
# %% look
!nvidia-smi > /dev/null 2>&1
# %% again
!nvidia-smi > /dev/null 2>&1
