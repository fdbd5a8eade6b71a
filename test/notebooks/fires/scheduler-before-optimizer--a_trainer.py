# advice: train scheduler-before-optimizer 15
# fixed: not compared: the first learning rate is no longer skipped
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR as Cycle

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, steps):
        self.net, self.opt = net, torch.optim.SGD(net.parameters(), lr=0.1)
        self.sched = Cycle(self.opt, max_lr=0.2, total_steps=steps)
    def step(self, x, y):
        self.opt.zero_grad()
        F.cross_entropy(self.net(x), y).backward()
        self.sched.step()
        self.opt.step()
# %% train
trainer = Trainer(nn.Linear(32, 10).to(DEVICE), 8)
for _ in range(4):
    trainer.step(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE))
