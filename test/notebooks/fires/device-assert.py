# advice: b device-assert
# %% a
import torch

def loss_on_the_device():
    raise RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might be …")
# %% b
# raises: RuntimeError
loss = loss_on_the_device()
