# advice: attention stale-intermediates 2
# %% setup
import torch

torch.manual_seed(0)
q = torch.randn(2400, 32, device=DEVICE)
k = torch.randn(2400, 32, device=DEVICE)
# %% attention
scale = 32**-0.5
scores = q @ k.T * scale
row_max = scores.max(-1).values
print(row_max.shape)
# %% more
mean = row_max.mean().item()
# %% again
spread = row_max.std().item()
