# advice: load weights-only-off 1
# torch: 2.6
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
from torch.serialization import save as write

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
write(nn.Linear(8, 8).to(DEVICE), _path)
# %% load
model = torch.load(_path, map_location=DEVICE, weights_only=False)
print(model.weight.mean().item())
