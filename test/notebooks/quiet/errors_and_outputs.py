# advice: none
# %% setup
import torch

torch.manual_seed(0)
images = torch.rand(1000, 3, 48, 48)

def normalise(batch):
    return (batch - batch.mean((0, 2, 3))) / batch.std()
# %% look
images[:2, :, :3, :3]
# %% wrong
# raises: RuntimeError
normalise(images)
# %% right
def normalise(batch):
    mean = batch.mean((0, 2, 3), keepdim=True)
    return (batch - mean) / batch.std()
# %% use
small = normalise(images[:10])
small
# %% again
small = small[:5]
len(small)
