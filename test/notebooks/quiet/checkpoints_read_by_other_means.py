# advice: none
# %% setup
import pathlib
import sys
import tempfile
from dataclasses import dataclass, fields

import torch
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp())
torch.save({"model": nn.Linear(2048, 2560).state_dict(), "epoch": 3}, folder / "model.pt")
_ = (folder / "tp_rolls_back.py").write_text("""
class Runner:
    def __init__(self, model):
        self.model = model

    def rollback(self):
        self.model.load_state_dict(self.saved["model"])
""")
sys.path.insert(0, str(folder))
from tp_rolls_back import Runner

@dataclass
class Snapshot:
    weights: dict = None
    name: str = "start"

class Study:
    def __init__(self, model):
        self.model = model.to(DEVICE)

    def restore(self, path):
        self.first = torch.load(path, map_location="cpu")
        self.model.load_state_dict(self.first["model"])

model = nn.Linear(2048, 2560).to(DEVICE)
runner, snap, study = Runner(model), Snapshot(), Study(model)
# %% restore
runner.saved = torch.load(folder / "model.pt", map_location="cpu")
result = runner.model.load_state_dict(runner.saved["model"])
# %% snapshot
snap.weights = torch.load(folder / "model.pt", map_location="cpu")
result = model.load_state_dict(snap.weights["model"])
# %% first
study.restore(folder / "model.pt")
# %% tune
with torch.no_grad():
    for p in model.parameters():
        p.add_(0.1)
# %% look
mean = model(torch.randn(4, 2048, device=DEVICE)).mean().item()
# %% back
runner.rollback()
# %% compare
start = [getattr(snap, each.name) for each in fields(snap)][0]["model"]
drift = sum((start[name] - p.cpu()).abs().sum().item() for name, p in model.named_parameters())
# %% other
before = vars(study)["fi" "rst"]["model"]
