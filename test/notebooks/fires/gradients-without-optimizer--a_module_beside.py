# advice: train gradients-without-optimizer 1
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "own_tuning.py").write_text("""
import torch

def tune(backbone, head, batches):
    optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(backbone(x)), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
""")
sys.path.insert(0, str(folder))
import own_tuning

backbone = nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE)
head = nn.Linear(512, 10).to(DEVICE)
x, y = torch.randn(640, 32, device=DEVICE), torch.randint(0, 10, (640,), device=DEVICE)
batches = list(zip(x.split(64), y.split(64)))
# %% train
losses = own_tuning.tune(backbone, head, batches)
