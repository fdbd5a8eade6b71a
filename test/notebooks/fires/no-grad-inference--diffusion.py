# advice: sample no-grad-inference 3; invert no-grad-inference 3
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Scheduler:
    """As in libraries of diffusion models."""

    def __init__(self, steps):
        self.betas = torch.linspace(1e-4, 0.02, steps)

    def step(self, noise, t, x):
        return x - float(self.betas[t]) * noise

class Flow(nn.Module):
    """Has a method of its own that is called backward."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(256, 256) for _ in range(6)))

    def forward(self, x):
        return self.layers(x)

    def backward(self, z):
        return self(z) * 0.5

layers = [layer for _ in range(4) for layer in (nn.Linear(256, 256), nn.SiLU())]
net = nn.Sequential(*layers, nn.Linear(256, 256)).to(DEVICE).eval()
flow = Flow().to(DEVICE).eval()
scheduler = Scheduler(8)
x = torch.randn(256, 256, device=DEVICE)
latent = torch.randn(512, 256, device=DEVICE)
# %% sample
image = x.clone()
for t in reversed(range(8)):
    image = scheduler.step(net(image), t, image)
# %% invert
outputs = []
for z in latent.split(128):
    outputs.append(flow.backward(z))
# %% look
shown = image.mean(1).tolist()
best = torch.cat(outputs).argmax(1)
