# advice: run create-on-device 6
# needs: accelerator
# %% setup
import torch

torch.manual_seed(0)

def masked_sum(rows, size=2048):
    mask = torch.ones(size, size).to(DEVICE)
    return mask[:rows].sum().item()
# %% run
sums = [masked_sum(rows) for rows in range(1, 49)]
