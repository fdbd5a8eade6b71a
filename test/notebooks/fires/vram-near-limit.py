# advice: fill vram-near-limit
# needs: accelerator
# %% setup
import torch

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
# %% fill
large = torch.empty(int(total * 0.92), dtype=torch.uint8, device=DEVICE)
# %% frees
del large
# %% after
torch.accelerator.empty_cache()
