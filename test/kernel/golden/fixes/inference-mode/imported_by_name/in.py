from torch import no_grad
with no_grad():
    out = model(x)
