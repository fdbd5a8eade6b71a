from torch import no_grad as quietly
out = model(x)  # forward
