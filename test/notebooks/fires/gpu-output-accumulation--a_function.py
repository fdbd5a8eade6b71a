# advice: predict gpu-output-accumulation 12
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 4096).to(DEVICE).eval()
loader = [torch.randn(128, 64) for _ in range(8)]
embeddings = []

@torch.inference_mode()
def predict(batches):
    for x in batches:
        embeddings.append(model(x.to(DEVICE)))
# %% predict
predict(loader)
# %% use
matrix = torch.cat(embeddings).cpu().numpy()
norm = float((matrix**2).sum())
