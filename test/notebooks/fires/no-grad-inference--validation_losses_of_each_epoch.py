# advice: run no-grad-inference 30
# %% setup
from dataclasses import dataclass, field

import torch
from torch import nn, optim

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
train = [(torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)) for _ in range(3)]
valid = [(torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)) for _ in range(3)]

@dataclass
class Run:
    net: nn.Module
    criterion: nn.Module = field(default_factory=nn.CrossEntropyLoss)
    history: dict = field(default_factory=lambda: {"val": []})

    def fit(self, epochs, **options):
        opt = optim.SGD(self.net.parameters(), **options)
        for epoch in range(epochs):
            for x, y in train:
                loss = self.criterion(self.net(x), y)
                opt.zero_grad()
                loss.backward()
                opt.step()
            self.history["val"].append(self.validate())

    def validate(self):
        total = 0
        for x, y in valid:
            total += self.criterion(self.net(x), y)
        return total / len(valid)

run = Run(nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE))
# %% run
run.fit(3, lr=0.1)
