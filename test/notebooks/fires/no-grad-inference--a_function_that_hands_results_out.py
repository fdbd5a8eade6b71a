# advice: forward no-grad-inference 1; predict no-grad-inference 2
# waits: report best
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)

def gathered():
    kept = outputs
    return torch.cat(kept)

class Lab:
    def __init__(self):
        self.outs = []

    def logits(self):
        return torch.cat(self.outs)

lab = Lab()
# %% forward
outputs = [model(part) for part in x.chunk(4)]
# %% predict
for part in x.chunk(4):
    lab.outs.append(model(part))
# %% count
count = len(outputs) + len(lab.outs)
# %% report
hits = (gathered().argmax(1) == y).sum().item()
# %% best
best = lab.logits().max(1)
values, classes = best.values.tolist(), best.indices
