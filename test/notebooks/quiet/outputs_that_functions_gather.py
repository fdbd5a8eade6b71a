# advice: none
# needs: accelerator
# forwards: predict
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(64, 4096).to(DEVICE).eval()
loader = [torch.randn(128, 64) for _ in range(8)]
here, there = [], []

@torch.inference_mode()
def predict(batches):
    for x in batches:
        here.append(model(x.to(DEVICE)))
        there.append(here[-1].mean().cpu())

def nearest(query):
    return (torch.cat(here) @ query).argmax()
# %% predict
predict(loader)
# %% use
best = nearest(here[0][0]).item()
torch.accelerator.empty_cache()
# %% mean
mean = torch.stack(there).mean().item()
