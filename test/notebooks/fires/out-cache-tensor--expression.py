# advice: look out-cache-tensor 1
# fixed: not compared: the value is not shown any more
# %% setup
import torch

torch.manual_seed(0)
x = torch.randn(2400, 2400, device=DEVICE)
# %% look
x * 2
# %% next
mean = x.mean().item()
