# advice: none
# %% setup
import os
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
path = os.path.join(tempfile.mkdtemp(), "model.pt")
model = nn.Linear(2048, 2560).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
# %% functions
def restore():
    global checkpoint
    checkpoint = torch.load(path, map_location="cpu")
    model.load_state_dict(checkpoint["model"])

def resume():
    optimizer.load_state_dict(checkpoint["optimizer"])
# %% restore
restore()
# %% predict
with torch.no_grad():
    first = model(torch.randn(4, 2048, device=DEVICE)).mean().item()
# %% again
with torch.no_grad():
    second = model(torch.randn(8, 2048, device=DEVICE)).mean().item()
# %% resume
resume()
