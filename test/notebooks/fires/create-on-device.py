# advice: fill create-on-device 3
# needs: accelerator
# %% setup
import torch

torch.manual_seed(0)
sums = []
# %% fill
sums.clear()
for row in range(48):
    mask = torch.ones(2048, 2048).to(DEVICE)
    sums.append(mask.sum().item())
