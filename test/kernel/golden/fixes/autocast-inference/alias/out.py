import torch as t
with t.no_grad(), t.autocast("cuda", dtype=t.bfloat16):
    out = model(x)
