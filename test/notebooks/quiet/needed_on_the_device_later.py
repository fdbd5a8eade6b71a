# advice: none
# needs: accelerator
# waits: product
# %% setup
import torch

torch.manual_seed(0)
w = torch.randn(256, 256, device=DEVICE)
# %% gather
chunks = [torch.randn(2048, 256, device=DEVICE) for _ in range(8)]
# %% other
print("one")
# %% another
print("two")
# %% product
product = torch.cat([chunk @ w for chunk in chunks]).sum().item()
