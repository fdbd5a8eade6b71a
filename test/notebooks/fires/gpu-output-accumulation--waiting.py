# advice: gather gpu-output-accumulation 1
# needs: accelerator
# waits: table
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
# %% table
rows = torch.cat(chunks).cpu().tolist()
