# advice: larger old-model-alive 1
# fixed: not compared: the optimizer of the old model is None
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
def make(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4)).to(DEVICE)
# %% small
model = make(2300)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% larger
model = make(2301)
print(sum(p.numel() for p in model.parameters()))
# %% count
layers = len(model)
