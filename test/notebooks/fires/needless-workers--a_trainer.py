# advice: fit needless-workers 13
# %% setup
import torch
import torch.nn.functional as F
import torch.utils.data as D
from torch import nn

torch.manual_seed(0)
# %% classes
from dataclasses import dataclass, field

@dataclass
class Config:
    batch_size: int = 64
    epochs: int = 16
    optim: dict = field(default_factory=lambda: {"lr": 0.1})

class Trainer:
    def __init__(self, model, x, y, cfg):
        self.model, self.cfg = model, cfg
        data = D.TensorDataset(x, y)
        self.loader = D.DataLoader(data, batch_size=cfg.batch_size, num_workers=2)
        self.optimizer = torch.optim.SGD(model.parameters(), **cfg.optim)

    def fit(self):
        for _ in range(self.cfg.epochs):
            for x, y in self.loader:
                loss = F.mse_loss(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
# %% make
trainer = Trainer(nn.Linear(20, 1), torch.randn(256, 20), torch.randn(256, 1), Config())
# %% fit
trainer.fit()
