# advice: again eval-mode-training 3
# fixed: not compared: dropout and batch norm train again, which is what the fix is for
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "own_metrics.py").write_text("""
import torch

def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()
""")
sys.path.insert(0, str(folder))
import own_metrics

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
hits = own_metrics.accuracy(model, x, y)
# %% again
for xb, yb in batches:
    step(xb, yb)
