# advice: train adam-weight-decay 13
# fixed: not compared: another regulariser gives other weights
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)

OPTIONS = {"lr": 1e-3, "betas": (0.9, 0.98)}
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(6)]

class Trainer:
    def __init__(self, net, **options):
        self.net, self.opt = net, O.Adam(net.parameters(), **options)
    def epoch(self, data):
        for x, y in data:
            self.opt.zero_grad()
            F.cross_entropy(self.net(x.to(DEVICE)), y.to(DEVICE)).backward()
            self.opt.step()
# %% train
trainer = Trainer(nn.Linear(32, 10).to(DEVICE), weight_decay=0.02, **OPTIONS)
trainer.epoch(batches)
