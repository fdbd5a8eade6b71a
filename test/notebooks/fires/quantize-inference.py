# advice: predict quantize-inference
# machine: {"torchao": true}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(2048, 8192), nn.ReLU(), nn.Linear(8192, 2048)).to(DEVICE).eval()
# %% predict
with torch.no_grad():
    out = model(torch.randn(4, 2048, device=DEVICE))
