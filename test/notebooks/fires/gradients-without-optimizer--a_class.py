# advice: train gradients-without-optimizer 2
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

class Tuner:
    def __init__(self, backbone, head):
        self.backbone = backbone.to(DEVICE)
        self.head = head.to(DEVICE)
        self.optimizer = torch.optim.SGD(self.head.parameters(), lr=0.01)
        self.losses = []

    def step(self, x, y):
        loss = F.cross_entropy(self.head(self.backbone(x)), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())

    def fit(self, batches):
        for x, y in batches:
            self.step(x.to(DEVICE), y.to(DEVICE))

torch.manual_seed(0)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
# %% train
tuner = Tuner(nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)), nn.Linear(512, 10))
tuner.fit(batches)
