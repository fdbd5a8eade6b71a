# advice: again optimizer-stale
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)

x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
OPTIMIZERS = {"sgd": (O.SGD, {"momentum": 0.9}), "adam": (O.Adam, {})}
# %% classes
class Trainer:
    def __init__(self, model, name="sgd", **cfg):
        self.model = model.to(DEVICE)
        cls, defaults = OPTIMIZERS[name]
        self.optimizer = cls(self.model.parameters(), **{**defaults, **cfg})

    def fit(self, steps=5):
        for _ in range(steps):
            self.optimizer.zero_grad()
            F.mse_loss(self.model(x), y).backward()
            self.optimizer.step()
# %% make
trainer = Trainer(nn.Linear(8, 1), lr=0.1)
# %% train
trainer.fit()
# %% afresh
trainer.model = nn.Linear(8, 1).to(DEVICE)
# %% again
trainer.fit()
