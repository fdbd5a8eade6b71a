# advice: none
# torch: 2.6
# machine: {"loads.file_bytes": 4e8, "loads.host_growth_bytes": 4e8, "loads.landed": {"cpu": 4e8}}
# %% setup
import tempfile
from pathlib import Path

import torch
from torch import nn

torch.manual_seed(0)

cache = Path(tempfile.mkdtemp())
torch.save(nn.Linear(2048, 2048).state_dict(), cache / "linear.pt")
# %% hub
# Whether the file may run code, and how it is read, is the function's own business.
address = "https://download.pytorch.org/models/linear.pt"
model = nn.Linear(2048, 2048)
model.load_state_dict(torch.hub.load_state_dict_from_url(address, model_dir=str(cache)))
# %% mapped
# What stays in the file takes no memory that the system could not have back.
state = torch.load(cache / "linear.pt", mmap=True)
other = nn.Linear(2048, 2048)
other.load_state_dict(state)
# %% one
print(model.weight.mean().item())
# %% two
print(other.bias.mean().item())
