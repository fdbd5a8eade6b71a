# advice: none
# forwards: prime step again prime_file step_file again_file
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp())
TEXT = """
import torch
from torch import nn

class Lab:
    def __init__(self, model):
        self.model, self.outs = model, []
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def prime(self, x):
        self.outs = [self.model(part) for part in x.chunk(4)]

    def step(self, x, y):
        self.model.zero_grad()
        nn.functional.cross_entropy(torch.cat(self.outs), y).backward()
        self.optimizer.step()
        self.outs = [self.model(part) for part in x.chunk(4)]
"""
_ = (folder / "tp_learns_from_outs.py").write_text(TEXT)
sys.path.insert(0, str(folder))
from tp_learns_from_outs import Lab as FileLab

class Lab:
    def __init__(self, model):
        self.model, self.outs = model, []
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def prime(self, x):
        self.outs = [self.model(part) for part in x.chunk(4)]

    def step(self, x, y):
        self.model.zero_grad()
        nn.functional.cross_entropy(torch.cat(self.outs), y).backward()
        self.optimizer.step()
        self.outs = [self.model(part) for part in x.chunk(4)]

def make():
    layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()

own, filed = Lab(make()), FileLab(make())
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% prime
own.prime(x)
# %% step
own.step(x, y)
# %% count
count = len(own.outs)
# %% shapes
shapes = [each.shape for each in own.outs]
# %% again
own.step(x, y)
# %% prime_file
filed.prime(x)
# %% step_file
filed.step(x, y)
# %% count_file
count = len(filed.outs)
# %% shapes_file
shapes = [each.shape for each in filed.outs]
# %% again_file
filed.step(x, y)
