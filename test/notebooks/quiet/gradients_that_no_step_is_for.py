# advice: none
# forwards: fisher norms saliency adding branch closure benchmark
# %% setup
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]

def gradients_of(module):
    return [p.grad.detach().clone() for p in module.parameters()]
# %% fisher
# Squares of gradients, as elastic weight consolidation wants them.
fisher = [torch.zeros_like(p) for p in model.parameters()]
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    for total, gradient in zip(fisher, gradients_of(model)):
        total += gradient ** 2
# %% norms
sizes = []
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    sizes.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9).item())
# %% saliency
maps = []
for x, y in batches:
    x = x.clone().requires_grad_(True)
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    maps.append(x.grad.abs().mean().item())
# %% adding
# The step is in the next cell.
optimizer.zero_grad()
for x, y in batches:
    F.cross_entropy(model(x), y).backward()
# %% step
optimizer.step()
# %% branch
warmup = True
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    if not warmup:
        optimizer.step()
# %% closure
def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(model(batches[0][0]), batches[0][1])
    loss.backward()
    return loss

for _ in range(8):
    value = closure()
# %% benchmark
began = time.perf_counter()
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
if DEVICE != "cpu":
    torch.accelerator.synchronize()
took = time.perf_counter() - began
