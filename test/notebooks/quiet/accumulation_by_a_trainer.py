# advice: none
# forwards: train
# %% setup
import torch
import torch.nn.functional as F
from torch import nn, optim as O

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, every, **options):
        self.net, self.every = net, every
        self.opt = O.SGD(net.parameters(), **options)
    def loss(self, x, y):
        per_sample = F.cross_entropy(self.net(x), y, reduction="none") / self.every
        return per_sample.mean()
    def fit(self, data):
        for i, (x, y) in enumerate(data, 1):
            self.loss(x, y).backward()
            if i % self.every == 0:
                self.opt.step()
                self.opt.zero_grad()

batches = [(torch.randn(16, 32, device=DEVICE), torch.randint(0, 10, (16,), device=DEVICE)) for _ in range(8)]
# %% train
trainer = Trainer(nn.Linear(32, 10).to(DEVICE), 4, lr=0.1, momentum=0.9)
trainer.fit(batches)
# %% one
each_loss = []
for i, (x, y) in enumerate(batches):
    raw = F.cross_entropy(trainer.net(x), y, reduction="none") * 0.25
    loss = raw.mean()
    loss.backward()
    each_loss.append(loss.item())
    if i % 4 == 3:
        trainer.opt.step()
        trainer.opt.zero_grad()
