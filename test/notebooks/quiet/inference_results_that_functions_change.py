# advice: none
# rules_on: inference-mode
# forwards: score keep wrap view each
# %% setup
import torch
from torch import nn

torch.manual_seed(0)


def standardize_(values):
    values -= values.mean()
    values /= values.std()
    return values


class Bank:
    def __init__(self):
        self.kept = []

    def push(self, out):
        self.kept.append(out)

    def decay(self, factor):
        for each in self.kept:
            each.mul_(factor)


class Scorer:
    def __init__(self, model):
        self.model, self.best = model, None

    def scores(self, x):
        with torch.no_grad():
            out = self.model(x)
        return out

    @property
    def last(self):
        with torch.no_grad():
            return self.model(data[1])

    def each(self, batches):
        with torch.no_grad():
            for x in batches:
                yield self.model(x)


model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)).to(DEVICE).eval()
data = [torch.randn(32, 16, device=DEVICE) for _ in range(4)]
scorer, bank = Scorer(model), Bank()
# %% score
first = scorer.scores(data[0])
# %% standardize
total = standardize_(first).sum().item()
# %% keep
with torch.no_grad():
    bank.push(model(data[1]))
# %% decay
bank.decay(0.9)
# %% wrap
with torch.no_grad():
    start = model(data[2]).mean(0)
# %% learnable
prompt = nn.Parameter(start)
# %% view
column = scorer.last[:, 0]
# %% fill
column[column < 0] = 0
# %% each
parts = list(scorer.each(data))
# %% noise
for part in parts:
    part += 0.1
