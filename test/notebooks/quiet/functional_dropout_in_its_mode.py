# advice: none
# forwards: test sample inert
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class GCN(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.conv1, self.conv2, self.p = nn.Linear(32, 64), nn.Linear(64, 4), p

    def forward(self, x):
        x = F.dropout(F.relu(self.conv1(x)), p=self.p, training=self.training)
        return self.conv2(x)

class Sampler(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        return self.fc(F.dropout(x, 0.2))  # in any mode, to sample from

x, y = torch.randn(200, 32, device=DEVICE), torch.randint(0, 4, (200,), device=DEVICE)

def train(model):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(10):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

model, plain, sampler = GCN().to(DEVICE), GCN(0.0).to(DEVICE), Sampler().to(DEVICE)
# %% train
train(model)
train(plain)
train(sampler)
# %% test
model.eval()
with torch.no_grad():
    accuracy = (model(x).argmax(1) == y).float().mean().item()
# %% inert
with torch.no_grad():
    inert = (plain(x).argmax(1) == y).float().mean().item()
# %% sample
sampler.eval()
with torch.no_grad():
    samples = torch.stack([sampler(x) for _ in range(5)])
