# advice: none
# %% a
import torch
from torch import nn

model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3)).to(DEVICE)
saved = {"state_dict": {f"model.{k}": v for k, v in model.state_dict().items()}, "epoch": 3}
# %% b
state = {k.removeprefix("model."): v for k, v in saved["state_dict"].items()}
model.load_state_dict(state)
# %% c
model.load_state_dict(saved["state_dict"], strict=False)
# %% d
# raises: RuntimeError
def load(model, saved):
    missing = model.state_dict().keys() - saved.keys()
    if missing:
        raise RuntimeError(f"Error(s) in loading state_dict for Net: {missing}")

load(model, saved)
