# advice: predict gpu-output-accumulation 5
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 4096).to(DEVICE).eval()
loader = [torch.randn(128, 64) for _ in range(8)]
# %% predict
embeddings = []
# one batch after the other
with torch.no_grad():
    for x in loader:
        embeddings.append(model(x.to(DEVICE)))
matrix = torch.cat(embeddings).cpu().numpy()
# %% use
norm = float((matrix**2).sum())
