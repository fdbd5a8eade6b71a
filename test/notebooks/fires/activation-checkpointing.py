# advice: train activation-checkpointing; train vram-near-limit
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

start = torch.ones(1, device=DEVICE)
free, total = torch.accelerator.get_memory_info()
rows = int(total * 0.044 / (64 * 4))
model = nn.Sequential(nn.Linear(1, 64), *(nn.ReLU() for _ in range(19))).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(rows, 1, device=DEVICE)
# %% train
optimizer.zero_grad()
model(x).mean().backward()
optimizer.step()
