# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

encoder, decoder = nn.Linear(2048, 2048), nn.Linear(2048, 2048)
x = torch.randn(512, 2048)
# %% run
# One at a time on the device: they do not fit together.
encoder.to(DEVICE)
with torch.no_grad():
    hidden = encoder(x.to(DEVICE))
encoder.to("cpu")
decoder.to(DEVICE)
with torch.no_grad():
    result = decoder(hidden).cpu()
decoder.to("cpu")
del hidden
