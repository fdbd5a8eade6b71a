# advice: none
# waits: by_turns
# forwards: generate
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
judge = nn.Sequential(nn.Linear(256, 1024), nn.ReLU(), nn.Linear(1024, 1)).to(DEVICE)
maker = nn.Sequential(nn.Linear(16, 1024), nn.ReLU(), nn.Linear(1024, 256)).to(DEVICE)
loss = nn.BCEWithLogitsLoss()
real = torch.randn(128, 256, device=DEVICE)

def make_epoch():
    optimizer = torch.optim.Adam(maker.parameters(), 1e-4)
    for _ in range(12):
        optimizer.zero_grad()
        loss(judge(maker(torch.randn(128, 16, device=DEVICE))), torch.ones(128, 1, device=DEVICE)).backward()
        optimizer.step()

def judge_epoch(net):
    optimizer = torch.optim.Adam(net.parameters(), 1e-4)
    for _ in range(12):
        optimizer.zero_grad()
        loss(net(real), torch.ones(128, 1, device=DEVICE)).backward()
        optimizer.step()
# %% generate
make_epoch()
# %% by_turns
for _ in range(3):
    judge_epoch(judge)
    make_epoch()
