# advice: train traceback-pins-tensors 2
# %% setup
import torch

torch.manual_seed(0)

def step(x):
    activations = x.repeat(2400, 1)
    return activations @ torch.ones(7, device=DEVICE)
# %% train
# raises: RuntimeError
step(torch.ones(2400, device=DEVICE))
# %% next
fine = True
