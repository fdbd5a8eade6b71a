# advice: run loss-history-graph 32; fit loss-history-graph 44
# %% setup
import torch
from torch import nn
from torch.nn.functional import mse_loss

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)).to(DEVICE)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
x, y = torch.randn(800, 8, device=DEVICE), torch.randn(800, 1, device=DEVICE)
batches = list(zip(x.split(4), y.split(4)))

class Log:
    def __init__(self):
        self.values = {"loss": []}

    def add(self, name, value):
        self.values[name].append(value)

class Trainer:
    def __init__(self, log):
        self.log = log

    def optimise(self, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    def fit(self, epochs):
        for _ in range(epochs):
            for xb, yb in batches:
                loss = mse_loss(net(xb), yb)
                self.optimise(loss)
                self.log.add("loss", loss)

class Lit(nn.Module):
    def __init__(self):
        super().__init__()
        self.net, self.losses = net, []

    def training_step(self, batch):
        self.loss = mse_loss(self.net(batch[0]), batch[1])
        opt.zero_grad()
        self.loss.backward()
        opt.step()
        self.losses.append(self.loss)
# %% run
trainer = Trainer(Log())
trainer.fit(epochs=2)
# %% fit
lit = Lit()
for batch in batches:
    lit.training_step(batch)
# %% show
last = trainer.log.values["loss"][-1].item(), lit.losses[-1].item()
