# advice: none
# forwards: whole values mentioned
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def make():
    return nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE), nn.Linear(512, 10).to(DEVICE)

batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]
# %% whole
# The limit is of all gradients, those of the backbone, too.
backbone, head = make()
model = nn.Sequential(backbone, head)
optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
for x, y in batches:
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
# %% values
trunk, top = make()
optimizer = torch.optim.SGD(top.parameters(), lr=0.01)
parameters = [*trunk.parameters(), *top.parameters()]
for x, y in batches:
    trunk.zero_grad()
    top.zero_grad()
    F.cross_entropy(top(trunk(x)), y).backward()
    nn.utils.clip_grad_value_(parameters, 0.5)
    optimizer.step()
# %% mentioned
# The clipping of this run was of the head; that of others may be of all.
encoder, probe = make()
optimizer = torch.optim.SGD(probe.parameters(), lr=0.01)
careful = False
for x, y in batches:
    encoder.zero_grad()
    probe.zero_grad()
    F.cross_entropy(probe(encoder(x)), y).backward()
    if careful:
        nn.utils.clip_grad_norm_([*encoder.parameters(), *probe.parameters()], 1.0)
    optimizer.step()
