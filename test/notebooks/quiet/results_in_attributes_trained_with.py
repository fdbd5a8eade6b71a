# advice: none
# forwards: collect handed_on
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Run:
    def __init__(self):
        layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
        self.net = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01)
        self.outputs = []

    def tune(self):
        self.optimizer.zero_grad()
        torch.stack([out.square().mean() for out in self.outputs]).sum().backward()
        self.optimizer.step()
        self.outputs = []

def balance(run):
    run.optimizer.zero_grad()
    sum(out.mean() for out in run.kept).backward()
    run.optimizer.step()

run = Run()
data = [torch.randn(128, 256, device=DEVICE) for _ in range(4)]
# %% collect
for part in data:
    run.outputs.append(run.net(part))
# %% look
print(len(run.outputs), run.outputs[0].shape)
# %% sizes
rows = sum(len(part) for part in data)
# %% tune
run.tune()
# %% handed_on
run.kept = [run.net(part) for part in data]
# %% shapes
print([out.shape for out in run.kept])
# %% balance
balance(run)
