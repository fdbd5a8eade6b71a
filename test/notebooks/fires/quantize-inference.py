# advice: predict quantize-inference
# machine: {"torchao": true}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(2048, 8192), nn.ReLU(), nn.Linear(8192, 2048)).to(DEVICE).eval()
# %% look
with torch.no_grad():
    shape = model(torch.randn(4, 2048, device=DEVICE)).shape
# %% predict
outputs = []
with torch.no_grad():
    for x in torch.randn(64, 2048, device=DEVICE).split(16):
        outputs.append(model(x).cpu())
