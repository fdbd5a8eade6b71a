# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)).to(DEVICE)
model.eval()
image = torch.rand(4, 3, 96, 96, device=DEVICE)
# %% saliency
image.requires_grad_()
scores = model(image)
scores.amax(1).sum().backward()
saliency = image.grad.abs().amax(1)
# %% integrated
baseline = torch.zeros_like(image)
total = torch.zeros_like(image)
for alpha in torch.linspace(0, 1, 8):
    point = (baseline + alpha.item() * (image.detach() - baseline)).requires_grad_()
    (grad,) = torch.autograd.grad(model(point)[:, 3].sum(), point)
    total += grad
attribution = (image.detach() * total / 8).sum(1)
