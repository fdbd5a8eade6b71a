# advice: free empty-cache-misuse 1; look manual-monitoring
# needs: accelerator
# %% setup
import torch

torch.manual_seed(0)
w = torch.randn(1024, 1024, device=DEVICE)
torch.accelerator.empty_cache()
# %% free
torch.accelerator.empty_cache()
# %% look
print(torch.accelerator.memory_allocated() > 0)
