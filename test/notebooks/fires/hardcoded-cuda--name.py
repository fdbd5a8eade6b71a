# advice: b hardcoded-cuda 3
# needs: cpu
# fixed: not compared: the cell failed before
# %% names
import torch

dev = torch.device("cuda")
# %% b
# raises: AssertionError or RuntimeError
weight = torch.zeros(8, 4).to(dev)
