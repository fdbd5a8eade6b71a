# advice: none
# forwards: train tune
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "frozen_tuning.py").write_text("""
def tune(model, batches, step):
    model.eval()  # the statistics stay those of the first training
    for x, y in batches:
        step(x, y)
""")
sys.path.insert(0, str(folder))
import frozen_tuning

model = nn.Sequential(nn.Linear(16, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.3), nn.Linear(512, 3)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(640, 16, device=DEVICE), torch.randint(0, 3, (640,), device=DEVICE)
batches = list(zip(x.split(64), y.split(64)))
# %% functions
def step(x, y):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
# %% train
for xb, yb in batches:
    step(xb, yb)
# %% validate
model.eval()
with torch.no_grad():
    hits = (model(x).argmax(1) == y).sum().item()
# %% tune
frozen_tuning.tune(model, batches, step)
