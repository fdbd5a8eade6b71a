# advice: none
# forwards: clipped norms alternating frozen
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def make():
    return nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE), nn.Linear(512, 10).to(DEVICE)

batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]
# %% clipped
# The norm is of all gradients, so that those of the backbone count.
encoder, head = make()
optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(head(encoder(x)), y).backward()
    torch.nn.utils.clip_grad_norm_([*encoder.parameters(), *head.parameters()], 1.0)
    optimizer.step()
# %% alternating
# Whose turn it is is told by the step: each part has an optimizer, which may be made first.
first, second = make()
turns = [torch.optim.SGD(first.parameters(), lr=0.01), torch.optim.SGD(second.parameters(), lr=0.01)]
for number, (x, y) in enumerate(batches * 3):
    first.zero_grad()
    second.zero_grad()
    F.cross_entropy(second(first(x)), y).backward()
    turns[number > 12].step()
# %% frozen
backbone, top = make()
backbone.requires_grad_(False)
optimizer = torch.optim.SGD(top.parameters(), lr=0.01)
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(top(backbone(x)), y).backward()
    optimizer.step()
# %% detached
features, probe = make()
optimizer = torch.optim.SGD(probe.parameters(), lr=0.01)
for x, y in batches:
    optimizer.zero_grad()
    with torch.no_grad():
        hidden = features(x)
    F.cross_entropy(probe(hidden), y).backward()
    optimizer.step()
# %% short
# Too few steps to see that gradients come again and again.
trunk, branch = make()
optimizer = torch.optim.SGD(branch.parameters(), lr=0.01)
for x, y in batches[:4]:
    optimizer.zero_grad()
    F.cross_entropy(branch(trunk(x)), y).backward()
    optimizer.step()
# %% norms
# The user logs the gradients of the whole network.
lower, upper = make()
optimizer = torch.optim.SGD(upper.parameters(), lr=0.01)
norms = []
for x, y in batches:
    optimizer.zero_grad()
    lower.zero_grad()
    F.cross_entropy(upper(lower(x)), y).backward()
    norms.append([p.grad.norm().item() for p in lower.parameters()])
    optimizer.step()
