# advice: b inference-tensor 2
# %% a
import torch
from torch import nn

torch.manual_seed(0)
encoder, head = nn.Linear(6, 6).to(DEVICE), nn.Linear(6, 3).to(DEVICE)
x = torch.randn(4, 6, device=DEVICE)
encoder.eval()
with torch.inference_mode():
    features = encoder(x)
# %% b
# raises: RuntimeError
loss = head(features).sum()
