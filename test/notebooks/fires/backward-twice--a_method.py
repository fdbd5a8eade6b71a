# advice: train backward-twice 13 14
# fixed: not compared: the cell failed before
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Trainer:
    def __init__(self, encoder, head):
        self.encoder, self.head = encoder, head
    def step(self, x):
        hidden = self.encoder(x).relu()
        self.main = self.head(hidden).square().mean()
        self.extra = hidden.abs().mean()
        self.main.backward()
        self.extra.backward()
# %% train
# raises: RuntimeError
trainer = Trainer(nn.Linear(8, 8).to(DEVICE), nn.Linear(8, 4).to(DEVICE))
trainer.step(torch.randn(16, 8, device=DEVICE))
