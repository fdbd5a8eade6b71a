# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(64, 2048), nn.ReLU(), nn.Linear(2048, 10)).to(DEVICE).eval()
activations = {}

def keep(module, inputs, output):
    activations["hidden"] = output.detach()

handle = model[1].register_forward_hook(keep)
# %% embed
chunks = []
with torch.no_grad():
    for start in range(0, 8192, 2048):
        model(torch.randn(2048, 64, device=DEVICE))
        chunks.append(activations["hidden"].cpu())
embeddings = torch.cat(chunks)
handle.remove()
# %% look
embeddings.shape, embeddings.mean().item()
