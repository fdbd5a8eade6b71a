# advice: loop empty-cache-misuse 4
# needs: accelerator
# %% setup
import torch

torch.manual_seed(0)
w = torch.randn(64, 64, device=DEVICE)
# %% loop
total = 0.0
for step in range(20):
    total += (w.repeat(100, 10) * 2).sum().item()
    torch.accelerator.empty_cache()
