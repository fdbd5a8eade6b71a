# advice: load state-dict-kept 4
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
torch.save(nn.Linear(2048, 2560).state_dict(), _path)
# %% load
model = nn.Linear(2048, 2560).to(DEVICE)
checkpoint = torch.load(_path, map_location="cpu")
print(len(checkpoint))
model.load_state_dict(checkpoint)
model.eval()
# %% predict
with torch.no_grad():
    mean = model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% show
print(mean.item())
