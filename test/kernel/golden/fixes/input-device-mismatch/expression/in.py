import torch
out = model(x[None] / 255)
