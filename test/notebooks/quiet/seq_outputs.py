# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(128, 1024), nn.ReLU(), nn.Linear(1024, 512)).to(DEVICE).eval()
loader = torch.utils.data.DataLoader(torch.randn(16384, 128), batch_size=2048)
# %% predict
predictions = []
with torch.inference_mode():
    for x in loader:
        predictions.append(model(x.to(DEVICE)).cpu())
predictions = torch.cat(predictions)
# %% use
top = predictions.topk(5, dim=1)
# %% again
labels = top.indices[:, 0]
counts = torch.bincount(labels, minlength=512)
