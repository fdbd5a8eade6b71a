# advice: b input-device-mismatch 4
# needs: accelerator
# fixed: not compared: the cell failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)).to(DEVICE)
x = torch.randn(64, 512)
# %% b
# raises: RuntimeError
with torch.no_grad():
    model.eval()
    out = model(x)
