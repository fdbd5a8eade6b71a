# advice: none
# torch: 2.6
# machine: {"loads.file_bytes": 4e8, "loads.host_growth_bytes": 4e8, "loads.landed": {"cpu": 4e8}}
# %% setup
import tempfile
from pathlib import Path

import torch
from torch import load as tload, nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

class Store:
    def __init__(self, root, **options):
        self.root, self.options = Path(root), options

    def write(self, name, thing):
        torch.save(thing, self.root / name)

    def read(self, name):
        return tload(self.root / name, map_location="cpu", mmap=True, **self.options)

    def read_whole(self, name):
        # Its class is the notebook's own.
        return tload(self.root / name, map_location="cpu", mmap=True, weights_only=False)
# %% save
store = Store(tempfile.mkdtemp(), weights_only=True)
store.write("state.pt", Net().state_dict())
store.write("net.pt", Net())
# %% load
net = store.read_whole("net.pt")
net.load_state_dict(store.read("state.pt"))
print(net.layer.weight.mean().item())
