# advice: train half-training
# torch: 2.9
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, dtype=torch.float16, **options):
        self.net, self.dtype = net.to(dtype), dtype
        self.opt = O.SGD(self.net.parameters(), **options)
    def step(self, *batch):
        x, y = (each.to(self.dtype) for each in batch)
        loss = F.mse_loss(self.net(x), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
# %% train
trainer = Trainer(nn.Linear(8, 1).to(DEVICE), lr=0.1)
for _ in range(5):
    trainer.step(torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE))
