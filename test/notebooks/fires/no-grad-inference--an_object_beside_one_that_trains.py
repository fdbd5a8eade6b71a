# advice: predict no-grad-inference 2
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Run:
    def __init__(self, depth):
        layers = [layer for _ in range(depth) for layer in (nn.Linear(256, 256), nn.ReLU())]
        self.model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
        self.outs = []

    def finish(self, y):
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        loss = nn.functional.cross_entropy(torch.cat(self.outs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        self.outs = []
        return loss.item()

first, second = Run(6), Run(6)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% forward
for part in x.chunk(4):
    first.outs.append(first.model(part))
# %% finish
loss = first.finish(y)
# %% predict
for part in x.chunk(4):
    second.outs.append(second.model(part))
# %% score
hits = (torch.cat(second.outs).argmax(1) == y).sum().item()
# %% count
count = len(second.outs)
