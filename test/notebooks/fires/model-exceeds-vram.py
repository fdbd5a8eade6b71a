# advice: move model-exceeds-vram 2
# needs: accelerator
# %% setup
import torch
from torch import nn

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
kept = torch.empty(int(total * 0.88), dtype=torch.uint8, device=DEVICE)
width = int((total * 0.1 / 4) ** 0.5)
with torch.device("meta"):
    layers = [nn.Linear(width, width, bias=False) for _ in range(3)]
model = nn.Sequential(*layers).to_empty(device="cpu")
# %% move
# raises: OutOfMemoryError
model.to(DEVICE)
