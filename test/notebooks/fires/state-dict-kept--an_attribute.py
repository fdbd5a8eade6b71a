# advice: load state-dict-kept 2; restore state-dict-kept 1
# %% setup
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import load as tload, nn

torch.manual_seed(0)

folder = Path(tempfile.mkdtemp())
torch.save({"model": nn.Linear(2048, 2560).state_dict(), "epoch": 3}, folder / "model.pt")
cfg = SimpleNamespace(files={"path": folder / "model.pt"})

class Runner:
    def __init__(self, model):
        self.model = model.to(DEVICE)

    def restore(self, path, **options):
        self.saved = tload(path, **options)
        self.epoch = self.saved["epoch"]
        self.model.load_state_dict(self.saved["model"])
        return self
# %% restore
runner = Runner(nn.Linear(2048, 2560)).restore(folder / "model.pt", map_location="cpu")
# %% load
cfg.first = tload(cfg.files["path"], map_location="cpu")
runner.model.load_state_dict(cfg.first["model"])
# %% predict
with torch.no_grad():
    mean = runner.model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% show
print(mean.item(), runner.epoch)
