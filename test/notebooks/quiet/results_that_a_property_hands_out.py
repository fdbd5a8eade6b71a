# advice: none
# forwards: own forward
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)

class Outputs:
    def __init__(self):
        self.parts = []

    @property
    def whole(self):
        return torch.cat(self.parts)
# a module of the user
import pathlib, sys, tempfile
folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "own_stores.py").write_text("""
import torch

class Store:
    def __init__(self):
        self.outputs = []

    @property
    def stacked(self):
        return torch.cat(self.outputs)
""")
sys.path.insert(0, str(folder))
from own_stores import Store
# %% own
known = Outputs()
for part in x.chunk(4):
    known.parts.append(model(part))
# %% train
loss = nn.functional.cross_entropy(known.whole, y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
# %% forward
store = Store()
for part in x.chunk(4):
    store.outputs.append(model(part))
# %% look
shapes = [each.shape for each in store.outputs]
# %% backward
loss = nn.functional.cross_entropy(store.stacked, y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
