# advice: none
# forwards: warm_up by_turns per_parameter added
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def make():
    return nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE), nn.Linear(512, 10).to(DEVICE)

def train(encoder, head, optimizer, count=8):
    for x, y in batches[:count]:
        optimizer.zero_grad()
        F.cross_entropy(head(encoder(x)), y).backward()
        optimizer.step()

batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]
backbone, head = make()
# %% warm_up
optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
train(backbone, head, optimizer)
# %% unfrozen
# Gradual unfreezing: the whole is trained now.
optimizer = torch.optim.SGD([*backbone.parameters(), *head.parameters()], lr=0.001)
train(backbone, head, optimizer)
# %% by_turns
# Each function makes its optimizer, and one of them has the encoder.
encoder, top = make()
def fit_top():
    train(encoder, top, torch.optim.SGD(top.parameters(), lr=0.01))
def fit_encoder():
    train(encoder, top, torch.optim.SGD(encoder.parameters(), lr=0.01))
for _ in range(2):
    fit_top()
    fit_encoder()
# %% per_parameter
# One optimizer for each parameter, as Pyro has.
lower, upper = make()
optimizers = [torch.optim.Adam([p], lr=0.001) for net in (lower, upper) for p in net.parameters()]
for x, y in batches:
    for each in optimizers:
        each.zero_grad()
    F.cross_entropy(upper(lower(x)), y).backward()
    for each in optimizers:
        each.step()
# %% added
base, last = make()
optimizer = torch.optim.SGD(last.parameters(), lr=0.01)
for number, (x, y) in enumerate(batches * 2):
    if number == 8:
        optimizer.add_param_group({"params": base.parameters(), "lr": 0.001})
    optimizer.zero_grad()
    base.zero_grad()
    F.cross_entropy(last(base(x)), y).backward()
    optimizer.step()
