# advice: run missing-eval 24
# fixed: not compared: dropout works differently in the validation, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
train = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(6)]
valid = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(3)]
# %% trainer
class Trainer:
    def __init__(self, model, loaders, lr=0.1):
        self.model = model
        self.train_loader, self.valid_loader = loaders
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        self.log = []

    def fit(self, epochs):
        for epoch in range(epochs):
            self.model.train()
            total = 0.0
            for x, y in self.train_loader:
                loss = nn.functional.cross_entropy(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            self.log.append((total, self.validate()))

    def validate(self):
        right = 0
        with torch.no_grad():
            for x, y in self.valid_loader:
                right += (self.model(x).argmax(1) == y).sum().item()
        return right / 96
# %% run
trainer = Trainer(net, (train, valid))
trainer.fit(4)
best = max(accuracy for _, accuracy in trainer.log)
