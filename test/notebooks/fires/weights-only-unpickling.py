# advice: load weights-only-unpickling 3
# torch: 2.6
# %% a
import io
import torch

class Config:
    width = 8

file = io.BytesIO()
torch.save({"config": Config(), "weight": torch.zeros(4)}, file)
# %% load
# raises: UnpicklingError
file.seek(0)
checkpoint = torch.load(file)
