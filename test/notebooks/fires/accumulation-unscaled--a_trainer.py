# advice: train accumulation-unscaled 19
# fixed: not compared: gradients are divided
# %% setup
import torch
from torch import nn
from torch.optim import SGD as Descent
from dataclasses import dataclass

@dataclass
class Config:
    lr: float = 0.1
    every: int = 4
    log_every: int = 3

torch.manual_seed(0)

batches = [(torch.randn(16, 32), torch.randint(0, 10, (16,))) for _ in range(8)]
# %% train
class Trainer:
    def __init__(self, net, cfg):
        self.net, self.cfg = net, cfg
        self.opt = Descent(net.parameters(), lr=cfg.lr)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.opt, 100)
        self.criterion = nn.CrossEntropyLoss()
        self.total_loss = 0.0

    def fit(self, data):
        self.opt.zero_grad()
        for i, (x, y) in enumerate(data, 1):
            if i % self.cfg.log_every == 0:
                print(f"{i}: {self.total_loss:.3f}")
            logits = self.net(x.to(DEVICE))
            self.loss = self.criterion(logits, y.to(DEVICE))
            self.total_loss = self.total_loss * 0.9 + self.loss.item() / 10
            # gradients (p.grad) of several batches add up
            # until there are enough of them
            self.loss.backward()
            if i % self.cfg.every == 0:
                self.opt.step()
                self.opt.zero_grad()

trainer = Trainer(nn.Linear(32, 10).to(DEVICE), Config())
trainer.fit(batches)
