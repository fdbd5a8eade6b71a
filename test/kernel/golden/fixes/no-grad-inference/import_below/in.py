out = model(x)  # forward
import torch
