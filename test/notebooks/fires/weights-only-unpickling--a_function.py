# advice: load weights-only-unpickling 11
# torch: 2.6
# %% setup
from dataclasses import dataclass
from io import BytesIO
import torch
from torch import load as tload

@dataclass
class Config:
    width: int = 8
def restore(file):
    file.seek(0)
    return tload(file)
file = BytesIO()
torch.save({"config": Config(), "weight": torch.zeros(4)}, file)
# %% load
# raises: UnpicklingError
checkpoint = restore(file)
