from torch import no_grad as quietly
with quietly():
    out = model(x)  # forward
