# advice: given_elsewhere softmax-into-ce 11; library softmax-into-ce 11; floats softmax-into-ce 11
# %% setup
import pathlib
import sys
import tempfile

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp()) / "site-packages"
folder.mkdir()
_ = (folder / "tp_learner.py").write_text("""
import torch

def cross_entropy(logits, y):
    log = torch.log(torch.softmax(logits, 1) + 1e-9)
    return -log[torch.arange(len(y)), y].mean()

class Learner:
    def __init__(self, net, optimizer):
        self.net, self.optimizer = net, optimizer

    def fit(self, batches):
        for x, y in batches:
            self.optimizer.zero_grad()
            cross_entropy(self.net(x), y).backward()
            self.optimizer.step()
""")
sys.path.insert(0, str(folder))
import tp_learner

batches = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(4)]
# %% define
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 10))
        self.query = nn.Linear(16, 16)

    def forward(self, x):
        scores = self.query(x) @ x.T
        weights = torch.softmax(scores, dim=-1) @ x
        logits = self.body(x + weights)
        return F.softmax(logits, dim=1)

net = Net().to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
# %% library
tp_learner.Learner(net, optimizer).fit(batches)
# %% given_elsewhere
criterion = nn.CrossEntropyLoss()

def train(model, criterion, batches):
    for x, y in batches:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

train(net, criterion, batches)
# %% floats
for x, y in batches:
    optimizer.zero_grad()
    criterion(net(x).double()[y > 4], y[y > 4]).backward()
    optimizer.step()
