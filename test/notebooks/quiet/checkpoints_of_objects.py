# advice: none
# forwards: predict
# %% setup
import tempfile
from pathlib import Path

import torch
from torch import nn

torch.manual_seed(0)

path = Path(tempfile.mkdtemp()) / "model.pt"
model = nn.Linear(2048, 2560)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)

class Runner:
    def __init__(self, model):
        self.model = model.to(DEVICE)

    def restore(self):
        self.saved = torch.load(path, map_location="cpu")
        self.model.load_state_dict(self.saved["model"])

    def go_on(self):
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        optimizer.load_state_dict(self.saved["optimizer"])

class Light(Runner):
    def restore(self):
        saved = torch.load(path, map_location="cpu")
        self.model.load_state_dict(saved["model"])
# %% restore
runner = Runner(nn.Linear(2048, 2560))
runner.restore()
# %% light
light = Light(nn.Linear(2048, 2560))
light.restore()
# %% predict
with torch.no_grad():
    mean = runner.model(torch.randn(4, 2048, device=DEVICE)).mean()
# %% show
print(mean.item())
