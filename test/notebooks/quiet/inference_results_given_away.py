# advice: none
# rules_on: inference-mode
# forwards: keep layer relu
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "tp_bank.py").write_text("""
KEPT = []

def put(out):
    KEPT.append(out)

def decay(factor):
    for each in KEPT:
        each.mul_(factor)
""")
sys.path.insert(0, str(folder))
import tp_bank

model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)).to(DEVICE).eval()
x = torch.randn(32, 16, device=DEVICE)
rectify = nn.ReLU(inplace=True)
# %% keep
with torch.no_grad():
    tp_bank.put(model(x))
# %% decay
tp_bank.decay(0.9)
# %% layer
with torch.no_grad():
    scores = model(x)
# %% rectify
positive = rectify(scores)
# %% relu
with torch.no_grad():
    logits = model(x + 1)
# %% functional
positive = nn.functional.relu(logits, inplace=True)
