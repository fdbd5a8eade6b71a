# advice: run hardcoded-cuda 8
# needs: cpu
# fixed: not compared: the cell failed before
# %% classes
import torch
from dataclasses import dataclass
from torch import nn

@dataclass
class Config:
    width: int = 4
    device: str = "cuda"

class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.model = nn.Linear(cfg.width, 1).to(cfg.device)
# %% run
# raises: AssertionError or RuntimeError
trainer = Trainer(Config(width=8))
