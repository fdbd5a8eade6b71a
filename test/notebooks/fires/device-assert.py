# advice: b device-assert
# %% a
import torch

asserted = "CUDA error: device-side assert triggered\nCUDA kernel errors might be …"

def loss_on_the_device():
    torch._check(False, lambda: asserted)
# %% b
# raises: RuntimeError
loss = loss_on_the_device()
