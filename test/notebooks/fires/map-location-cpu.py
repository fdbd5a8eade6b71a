# advice: predict map-location-cpu 5
# needs: accelerator
# fixed: within 0.01
# machine: {"record.duration_s": 8.0}
# %% setup
import os
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
from torch.utils.data import DataLoader, TensorDataset

_path = os.path.join(tempfile.mkdtemp(), "model.pt")
torch.save(nn.Sequential(nn.Linear(1024, 4096), nn.ReLU(), nn.Linear(4096, 2048)), _path)
loader = DataLoader(TensorDataset(torch.randn(512, 1024)), batch_size=128)
# %% load
model = torch.load(_path, map_location="cpu", weights_only=False)
# %% predict
total = 0.0
with torch.inference_mode():
    for _ in range(3):
        for (x,) in loader:
            total += model(x).mean().item()
