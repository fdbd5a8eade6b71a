import torch as tt
out = model(x)  # forward
