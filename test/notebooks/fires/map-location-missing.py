# advice: b map-location-missing 3
# needs: cpu
# fixed: not compared: the cell failed before
# %% a
import io
import torch

torch.manual_seed(0)
# As if it had been saved on another machine: storages say where they were.
location = torch.serialization.location_tag
torch.serialization.location_tag = lambda storage: "cuda:0"
file = io.BytesIO()
torch.save({"weight": torch.ones(4)}, file)
torch.serialization.location_tag = location
file.seek(0)
# %% b
# raises: RuntimeError
import torch
state = torch.load(file)
