# advice: setup vram-near-limit; predict model-compression
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
width = int((total * 0.062 / 4) ** 0.5)
with torch.device("meta"):
    layers = [nn.Linear(width, width, bias=False) for _ in range(15)]
model = nn.Sequential(*layers).to_empty(device=DEVICE).eval()
x = torch.zeros(1, width, device=DEVICE)
# %% predict
with torch.no_grad():
    for _ in range(2):
        out = model(x)
