# advice: train scaler-with-bf16
# fixed: within 0.01
# %% setup
import torch
import torch.nn.functional as F
from torch import nn, optim as O
from torch.amp import GradScaler, autocast

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, scaler=None):
        self.net, self.opt = net, O.SGD(net.parameters(), lr=0.1)
        self.amp = scaler or GradScaler("cpu", init_scale=4.0)

    def step(self, x, y):
        with autocast(DEVICE.split(":")[0], dtype=torch.bfloat16):
            self.loss = F.mse_loss(self.net(x), y)
        self.opt.zero_grad()
        self.amp.scale(self.loss).backward()
        self.amp.step(self.opt)
        self.amp.update()
# %% train
trainer = Trainer(nn.Linear(8, 1).to(DEVICE))
x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
for _ in range(5):
    trainer.step(x, y)
