# advice: fill vram-near-limit 4
# needs: accelerator
# %% setup
import torch

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
kept = torch.empty(total // 2, dtype=torch.uint8, device=DEVICE)
# %% fill
# raises: OutOfMemoryError
part = torch.empty(total // 8, dtype=torch.uint8, device=DEVICE)
print("still going")
rest = torch.empty(total // 2, dtype=torch.uint8, device=DEVICE)
