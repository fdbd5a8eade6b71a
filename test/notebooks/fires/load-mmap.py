# advice: load load-mmap 1
# machine: {"loads.file_bytes": 4e8, "loads.host_growth_bytes": 4e8, "loads.landed": {"cpu": 4e8}}
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
from torch.serialization import save as write

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
write({"weight": torch.randn(64, 64)}, _path)
# %% load
state = torch.load(_path, map_location="cpu")
weight = state["weight"].to(DEVICE)
print(weight.mean().item())
