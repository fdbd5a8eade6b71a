# advice: none
# %% setup
import io
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(256, 8192), nn.ReLU(), nn.Linear(8192, 10))
file = io.BytesIO()
torch.save(model.state_dict(), file)
file.seek(0)
# %% load
fresh = nn.Sequential(nn.Linear(256, 8192), nn.ReLU(), nn.Linear(8192, 10))
fresh.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
fresh = fresh.to(DEVICE).eval()
# %% use
with torch.no_grad():
    out = fresh(torch.randn(4, 256, device=DEVICE)).softmax(-1)
