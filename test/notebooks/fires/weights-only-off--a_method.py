# advice: load weights-only-off 17
# torch: 2.6
# %% setup
import tempfile
from pathlib import Path

import torch
from torch import load as tload, nn

torch.manual_seed(0)

class Store:
    def __init__(self, root):
        self.root = Path(root)

    def write(self, name, model):
        torch.save(model.state_dict(), self.root / name)

    def read_into(self, name, model):
        state = tload(self.root / name, weights_only=False, map_location=DEVICE)
        model.load_state_dict(state)
        return model
# %% load
store = Store(tempfile.mkdtemp())
model = nn.Linear(8, 8).to(DEVICE)
store.write("model.pt", model)
model = store.read_into("model.pt", model)
print(model.weight.mean().item())
