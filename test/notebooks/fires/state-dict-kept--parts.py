# advice: load state-dict-kept 4
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
torch.save({"state_dict": nn.Linear(2048, 2560).state_dict(), "epoch": 3}, _path)
# %% load
model = nn.Linear(2048, 2560).to(DEVICE)
ckpt = torch.load(_path, map_location="cpu")
state_dict = ckpt["state_dict"]
model.load_state_dict(state_dict)
model.eval()
# %% predict
with torch.no_grad():
    mean = model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% show
print(mean.item())
