# advice: score missing-eval 21; predict missing-eval 29
# fixed: not compared: dropout works differently in the prediction, which is what the fix is for
# %% setup
import copy
import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)
# %% classes
class Classifier:
    def __init__(self):
        self.net_ = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
        self.opt_ = torch.optim.SGD(self.net_.parameters(), lr=0.1)
        self.best_ = None

    def fit(self, x, y):
        self.net_.train()
        for epoch in range(8):
            loss = nn.functional.cross_entropy(self.net_(x), y)
            self.opt_.zero_grad()
            loss.backward()
            self.opt_.step()
            self.best_ = copy.deepcopy(self.net_)
        return self

    def score(self, x, y):
        right = 0
        for xb, yb in zip(x.split(50), y.split(50)):

            right += (self.net_(xb).argmax(1) == yb).sum().item()
        return right / len(x)

    def _parts(self, x):
        return x.split(50)

    def predict(self, x):
        with torch.no_grad():
            return torch.cat([self.net_(part).argmax(1) for part in self._parts(x)])
# %% fit
classifier = Classifier().fit(x, y)
# %% score
accuracy = classifier.score(x, y)
# %% predict
found = classifier.predict(x)
