# advice: restore state-dict-kept 1
# %% setup
import os
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
path = os.path.join(tempfile.mkdtemp(), "model.pt")
torch.save({"state_dict": nn.Linear(2048, 2560).state_dict(), "epoch": 3}, path)
model = nn.Linear(2048, 2560).to(DEVICE)
# %% functions
def restore():
    global checkpoint
    checkpoint = torch.load(path, map_location="cpu")
    model.load_state_dict(checkpoint["state_dict"])
    print("epoch", checkpoint["epoch"])

def mean_of(x):
    with torch.no_grad():
        return model(x).mean().item()
# %% restore
restore()
# %% predict
first = mean_of(torch.randn(4, 2048, device=DEVICE))
# %% again
second = mean_of(torch.randn(8, 2048, device=DEVICE))
