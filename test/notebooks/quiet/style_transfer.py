# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

features = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1)).to(DEVICE).eval()
features.requires_grad_(False)
content = torch.rand(1, 3, 32, 32, device=DEVICE)
image = torch.rand(1, 3, 32, 32, device=DEVICE, requires_grad=True)
optimizer = torch.optim.Adam([image], lr=0.05)
# %% optimise
goal = features(content)
for step in range(15):
    optimizer.zero_grad()
    loss = F.mse_loss(features(image), goal)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        image.clamp_(0, 1)
