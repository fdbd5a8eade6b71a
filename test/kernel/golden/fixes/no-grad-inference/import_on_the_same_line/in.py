import torch; out = model(x)  # forward
