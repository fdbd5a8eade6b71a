# advice: none
# needs: accelerator
# forwards: train predict
# machine: {"record.duration_s": 8.0, "capability": [9, 0], "bf16": true, "matmul_precision": "high"}
# %% setup
import torch
import torch.nn.functional as F
from torch import autocast, nn

torch.manual_seed(0)

class Trainer:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=0.01, foreach=True)
        self.kind = DEVICE.split(":")[0]
    def fit(self, steps):
        for _ in range(steps):
            with autocast(self.kind, dtype=torch.bfloat16):
                loss = F.cross_entropy(self.net(torch.randn(64, 256, device=DEVICE)), torch.zeros(64, dtype=torch.long, device=DEVICE))
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
    def predict(self, x):
        with torch.no_grad(), autocast(self.kind, dtype=torch.bfloat16):
            return [self.net(x).mean() for _ in range(8)]
# %% train
trainer = Trainer(nn.Sequential(nn.Linear(256, 4096), *(nn.Tanh() for _ in range(10)), nn.Linear(4096, 10)).to(DEVICE))
trainer.fit(12)
# %% predict
trainer.net.eval()
means = trainer.predict(torch.randn(128, 256, device=DEVICE))
