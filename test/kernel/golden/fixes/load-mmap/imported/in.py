from torch import load
model.load_state_dict(load('model.pt'))
