# advice: none
# deep: search windows twice filled heads
# needs: cpu
# tried: {"no_copy": 2.0, "channels_last": 2.0}
# %% model
import torch
from torch import nn

torch.manual_seed(0)

known = torch.randn(6000, 512)
net = nn.Linear(512, 512)
queries = [torch.randn(1536, 512) for _ in range(12)]
images = torch.randn(32, 64, 56, 56)
results = []
turned = known.t().contiguous()
# %% search
# What is kept once, and a copy of what lies in order.
with torch.no_grad():
    for x in queries:
        results.append((net(x) @ turned).amax() + (net(x).contiguous() @ turned).amin())
# %% windows
# Windows of images: no order has them all.
with torch.no_grad():
    for _ in range(12):
        results.append(net(queries[0]).amax())
        parts = images.view(32, 64, 8, 7, 8, 7).permute(0, 2, 4, 3, 5, 1).contiguous()
        results.append(parts.view(-1, 49, 64).amax())
del parts
# %% twice
# Two products read the copy, and something else.
with torch.no_grad():
    for x in queries:
        other = known.t().contiguous()
        results.append((net(x) @ other).amax() + (x @ other).amin())
# %% filled
# The program has its own memory for it.
room = torch.empty(512, 6000)
with torch.no_grad():
    for x in queries:
        room.copy_(known.t())
        results.append((net(x) @ room).amax())
# %% heads
# Heads of an attention: the product would copy them itself.
states = torch.randn(32, 256, 8, 64)
with torch.no_grad():
    for x in range(12):
        results.append(net(queries[0]).amax())
        heads = states.transpose(1, 2).contiguous()
        results.append((heads @ heads.transpose(-2, -1)).amax())
