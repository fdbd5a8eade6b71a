# advice: setup vram-near-limit; grow fragmentation 3
# needs: cuda
# %% setup
import torch

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
count = int(free * 0.95) >> 30
segments = [torch.empty(1 << 30, dtype=torch.uint8, device=DEVICE) for _ in range(count)]
del segments
# Two pieces share a segment, so that none can go back to the driver when every other piece goes.
pieces = [torch.empty(1 << 29, dtype=torch.uint8, device=DEVICE) for _ in range(2 * count)]
del pieces[::2]
# %% grow
# raises: OutOfMemoryError
wanted = int(total * 0.3)
large = torch.empty(wanted, dtype=torch.uint8, device=DEVICE)
