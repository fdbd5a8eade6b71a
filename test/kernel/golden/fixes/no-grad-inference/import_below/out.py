import torch
with torch.no_grad():
    out = model(x)  # forward
import torch
