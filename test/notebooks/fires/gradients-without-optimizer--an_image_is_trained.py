# advice: paint gradients-without-optimizer 7
# %% setup
# Style transfer: what is trained is upstream of the network, whose gradient it needs.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
network = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE).eval()
target = torch.randn(1, 512, device=DEVICE)
# %% paint
image = torch.zeros(1, 64, device=DEVICE, requires_grad=True)
optimizer = torch.optim.Adam([image], lr=0.1)
for _ in range(20):
    optimizer.zero_grad()
    loss = F.mse_loss(network(image), target)
    loss.backward()
    optimizer.step()
# %% look
value = loss.item()
