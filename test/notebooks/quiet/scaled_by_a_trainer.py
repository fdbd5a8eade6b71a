# advice: none
# forwards: train
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import clip_grad_norm_ as clip

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, dtype):
        self.net, self.dtype = net, dtype
        self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
        self.scaler = torch.amp.GradScaler("cpu", enabled=dtype is torch.float16, init_scale=64.0)
    def step(self, x, y):
        with torch.autocast(DEVICE.split(":")[0], dtype=self.dtype):
            loss = F.mse_loss(self.net(x), y)
        self.opt.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.opt)
        clip(self.net.parameters(), 1.0)
        self.scaler.step(self.opt)
        self.scaler.update()

x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
# %% train
half = Trainer(nn.Linear(8, 1).to(DEVICE), torch.float16)
brain = Trainer(nn.Linear(8, 1).to(DEVICE), torch.bfloat16)
for trainer in (half, brain):
    for _ in range(4):
        trainer.step(x, y)
