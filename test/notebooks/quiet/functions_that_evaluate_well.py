# advice: none
# forwards: run
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 4)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
data = [(torch.randn(256, 64, device=DEVICE), torch.randint(0, 4, (256,), device=DEVICE)) for _ in range(4)]

def train_epoch(model):
    model.train()
    losses = []
    for xb, yb in data:
        loss = nn.functional.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses

def evaluate(model):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(xb) for xb, _ in data])
# %% run
history = []
for epoch in range(5):
    history += train_epoch(model)
    out = evaluate(model)
# %% accuracy
accuracy = (out.argmax(1) == torch.cat([yb for _, yb in data])).float().mean().item()
