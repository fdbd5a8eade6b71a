import torch as tt
with tt.no_grad():
    out = model(x)  # forward
