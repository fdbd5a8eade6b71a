# advice: run loss-history-graph 19
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
        self.losses = []

    def training_step(self, xb, yb):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(xb), yb)
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss)

    def fit(self, epochs):
        for _ in range(epochs):
            for xb, yb in zip(x.split(4), y.split(4)):
                self.training_step(xb, yb)
# %% run
learner = Learner()
learner.fit(5)
# %% curve
first, last = learner.losses[0].item(), learner.losses[-1].item()
