import torch as t
with t.no_grad():
    out = model(x)
