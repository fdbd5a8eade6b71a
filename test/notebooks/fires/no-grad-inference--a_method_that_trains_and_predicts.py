# advice: fit no-grad-inference 19; fit_other no-grad-inference 29
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Lab:
    def __init__(self, depth=6):
        layers = [layer for _ in range(depth) for layer in (nn.Linear(256, 256), nn.ReLU())]
        self.model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def fit(self, x, y):
        for part, target in zip(x.chunk(4), y.chunk(4)):
            loss = nn.functional.cross_entropy(self.model(part), target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.model.eval()
        self.predicted = [self.model(part) for part in x.chunk(4)]
        return loss.item()

    def fit_whole(self, x, y):
        self.model.train()
        loss = nn.functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.model.eval()
        self.logits = self.model(x)

lab, other = Lab(), Lab()
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% fit
loss = lab.fit(x, y)
# %% fit_other
other.fit_whole(x, y)
# %% score
hits = (torch.cat(lab.predicted).argmax(1) == y).sum().item()
# %% score_other
other_hits = (other.logits.argmax(1) == y).sum().item()
