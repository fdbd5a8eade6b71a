# advice: b state-dict-keys 2; c state-dict-keys 3; d state-dict-keys 2; lightning state-dict-keys 7; a_part state-dict-keys 2; wrapped state-dict-keys 3; other state-dict-keys 2
# fixed: not compared: the cells failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3)).to(DEVICE)
wider = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 5)).to(DEVICE)
saved = {f"module.{key}": value for key, value in model.state_dict().items()}
# %% b
# raises: RuntimeError
model.load_state_dict(saved)
# %% c
# raises: RuntimeError
checkpoint = {"model": model.state_dict(), "epoch": 3}
model.load_state_dict(checkpoint)
# %% d
# raises: RuntimeError
wider.load_state_dict(model.state_dict())
# %% lightning
# raises: RuntimeError
state = {f"model.{key}": value for key, value in model.state_dict().items()}
lightning = {
    "epoch": 3, "global_step": 12, "state_dict": {**state, "loss.weight": torch.ones(3)},
    "optimizer_states": [{"state": {}, "param_groups": []}], "hyper_parameters": {"lr": 0.1},
}
model.load_state_dict(lightning)
# %% a_part
# raises: RuntimeError
model.load_state_dict(lightning["state_dict"])
# %% wrapped
# raises: RuntimeError
held = nn.ModuleDict({"inner": model})
held.load_state_dict({"state_dict": model.state_dict(), "epoch": 1})
# %% other
# raises: RuntimeError
wider[0].load_state_dict(lightning)
