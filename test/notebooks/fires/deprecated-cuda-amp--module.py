# advice: sample deprecated-cuda-amp 1
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

model = nn.Linear(8, 1).to(DEVICE).eval()
# %% sample
with torch.no_grad(), torch.cuda.amp.autocast(enabled=False):
    out = model(torch.ones(2, 8, device=DEVICE))
