# advice: none
# forwards: distil tune
# %% setup
from types import SimpleNamespace

import torch
from torch import nn

torch.manual_seed(0)

def make():
    return nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3)).to(DEVICE)

lab = SimpleNamespace(teacher=make(), student=make())
lab.teacher.eval()
lab.optimizer = torch.optim.AdamW(lab.student.parameters(), lr=1e-2)
x, y = torch.randn(64, 16, device=DEVICE), torch.randint(0, 3, (64,), device=DEVICE)

def update(loss):
    lab.optimizer.zero_grad()
    loss.backward()
    lab.optimizer.step()

def score():
    lab.student.eval()
    with torch.no_grad():
        return (lab.student(x).argmax(1) == y).float().mean().item()
# %% distil
lab.student.train()
for step in range(4):
    with torch.no_grad():
        goal = lab.teacher(x)
    update(nn.functional.mse_loss(lab.student(x), goal))
accuracy = score()
# %% tune
# With frozen statistics.
lab.student.eval()
for step in range(4):
    update(nn.functional.cross_entropy(lab.student(x), y))
