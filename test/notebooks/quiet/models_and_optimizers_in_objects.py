# advice: none
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
# %% classes
class Trainer:
    def __init__(self, model, optimizer=O.SGD, **cfg):
        self.model = model
        self.optimizer = optimizer(model.parameters(), **cfg)

    def fit(self, steps=3):
        for _ in range(steps):
            self.optimizer.zero_grad()
            F.mse_loss(self.model(x), y).backward()
            self.optimizer.step()
# %% folds
# Each trainer keeps the model that the variable had before.
trainers = []
for fold in range(3):
    model = nn.Linear(8, 1).to(DEVICE)
    trainers.append(Trainer(model, lr=0.1))
# %% fit
for trainer in trainers:
    trainer.fit()
# %% again
model = nn.Linear(8, 1).to(DEVICE)
trainers[0].fit()
# %% best
best = trainers[0]
best.weights = best.model.state_dict()
best.model.load_state_dict(best.weights, assign=True)
best.optimizer = O.Adam(best.model.parameters(), **{"lr": 0.01})
best.fit()
# %% exchanged
class Pair: ...

pair = Pair()
pair.old, pair.new = nn.Linear(8, 1).to(DEVICE), nn.Linear(8, 1).to(DEVICE)
pair.optimizer = O.SGD(pair.old.parameters(), lr=0.1)
pair.old, pair.new = pair.new, pair.old
# %% distilled
for _ in range(3):
    pair.optimizer.zero_grad()
    F.mse_loss(pair.new(x), pair.old(x).detach()).backward()
    pair.optimizer.step()
