# advice: larger old-model-alive
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
def build(width):
    global model
    model = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4)).to(DEVICE)
    return sum(p.numel() for p in model.parameters())
# %% small
size = build(2300)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% larger
size = build(2301)
# %% count
layers = len(model)
