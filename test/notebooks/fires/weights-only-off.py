# advice: load weights-only-off 1
# torch: 2.6
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
model = nn.Linear(8, 8).to(DEVICE)
torch.save(model.state_dict(), _path)
# %% load
state = torch.load(_path, map_location=DEVICE, weights_only=False)
model.load_state_dict(state)
print(model.weight.mean().item())
