# advice: none
# %% setup
import pathlib
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
folder = pathlib.Path(tempfile.mkdtemp())
torch.save({"model": nn.Linear(2048, 2560).state_dict(), "epoch": 3}, folder / "model.pt")
model = nn.Linear(2048, 2560).to(DEVICE)

def restoring(path):
    global best
    best = torch.load(path, map_location="cpu", weights_only=True)
    while True:
        model.load_state_dict(best["model"])
        yield best["epoch"]
# %% restore
restorer = restoring(folder / "model.pt")
epoch = next(restorer)
# %% predict
with torch.no_grad():
    mean = model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% disturb
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(0.1)
# %% predict_again
with torch.no_grad():
    disturbed = model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% again
epoch = next(restorer)
