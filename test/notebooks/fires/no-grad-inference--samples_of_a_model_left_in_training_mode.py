# advice: sample no-grad-inference 4; calls no-grad-inference 7
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Scheduler:
    """As in libraries of diffusion models."""

    def __init__(self, steps):
        self.betas = torch.linspace(1e-4, 0.02, steps)
        self.last = None

    def step(self, noise, t, x):
        self.last = int(t)
        return x - float(self.betas[t]) * noise

layers = [layer for _ in range(4) for layer in (nn.Linear(256, 256), nn.SiLU())]
net = nn.Sequential(*layers, nn.Linear(256, 256)).to(DEVICE)
scheduler = Scheduler(8)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
x0 = torch.randn(256, 256, device=DEVICE)
# %% train
for step in range(8):
    noise = torch.randn_like(x0)
    loss = F.mse_loss(net(x0 + noise), noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% sample
image = x0.clone()
for t in reversed(range(8)):
    # The model was left in training mode, and has nothing that minds.
    predicted = net(image)
    image = scheduler.step(predicted, t, image)
# %% look
shown = image.detach().cpu().mean(1).tolist()
# %% calls
def sample(steps):
    image = x0 * 0.5
    for t in reversed(range(steps)):
        image = scheduler.step(net(image), t, image)
    return image

made = sample(6)
# %% look_again
means = made.mean(1).tolist()
