# advice: none
# forwards: run
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 8, device=DEVICE)
y = torch.randn(400, 1, device=DEVICE)

class Learner:
    def __init__(self):
        self.model = nn.Linear(8, 1).to(DEVICE)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.losses, self.waiting = [], []

    def training_step(self, xb, yb):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(xb), yb)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.detach())

    def wait_with(self, xb, yb):
        self.waiting.append(nn.functional.mse_loss(self.model(xb), yb))

    def step_at_once(self):
        self.optimizer.zero_grad()
        torch.stack(self.waiting).mean().backward()
        self.optimizer.step()
        self.waiting.clear()
# %% run
learner = Learner()
for xb, yb in zip(x.split(4), y.split(4)):
    learner.training_step(xb, yb)
# %% wait
for xb, yb in zip(x.split(4), y.split(4)):
    learner.wait_with(xb, yb)
# %% late
learner.step_at_once()
# %% curve
first, last = learner.losses[0].item(), learner.losses[-1].item()
