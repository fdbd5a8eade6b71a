# advice: none
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(256, 256).to(DEVICE).eval()
batches = [torch.randn(64, 256) for _ in range(8)]
# %% synchronised
outs = []
with torch.no_grad():
    for x in batches:
        outs.append(model(x.to(DEVICE)).to("cpu", non_blocking=True))
torch.accelerator.synchronize()
mean = torch.cat(outs).mean()
# %% offloaded
kept = {}
with torch.no_grad():
    x = batches[0].to(DEVICE)
    for layer in range(3):
        x = model(x)
        kept[layer] = x.to("cpu", non_blocking=True)
    again = [kept[layer].to(DEVICE, non_blocking=True) for layer in range(3)]
    total = sum(value.sum() for value in again).item()
# %% after_a_value
last = model(batches[-1].to(DEVICE)).detach()
copied = last.to("cpu", non_blocking=True)
size = last.abs().mean().item()
spread = copied.std()
