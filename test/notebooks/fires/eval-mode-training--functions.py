# advice: run eval-mode-training 5
# fixed: not compared: dropout and batch norm train again, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.3), nn.Linear(512, 3)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(2048, 16, device=DEVICE), torch.randint(0, 3, (2048,), device=DEVICE)
# %% functions
def train(model, steps=10):
    total = 0.0
    for step in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total

def validate(model):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()
# %% run
for epoch in range(3):
    total = train(model)
    accuracy = validate(model)
