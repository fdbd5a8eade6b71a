# advice: train amp-training 15
# needs: accelerator
# machine: {"record.duration_s": 8.0, "capability": [9, 0], "bf16": true, "matmul_precision": "high"}
# fixed: within 0.05
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn
from torch.nn.utils import clip_grad_norm_ as clip

torch.manual_seed(0)

class Trainer:
    def __init__(self, net, **options):
        self.net, self.opt = net, O.SGD(net.parameters(), **options)
    def fit(self, data):
        for x, y in data:
            x, y = x.to(DEVICE), y.to(DEVICE)
            scores = self.net(x)
            loss = F.cross_entropy(scores, y)
            self.opt.zero_grad()
            loss.backward()
            clip(self.net.parameters(), 1.0)
            self.opt.step()

wide = [nn.Linear(256, 4096), *(nn.Tanh() for _ in range(10))]
batches = [(torch.randn(64, 256), torch.randint(0, 10, (64,))) for _ in range(12)]
# %% train
trainer = Trainer(nn.Sequential(*wide, nn.Linear(4096, 10)).to(DEVICE), lr=0.01, foreach=True)
trainer.fit(batches)
