# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 4)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
X, Y = torch.randn(256, 32, device=DEVICE), torch.randint(0, 4, (256,), device=DEVICE)
# %% functions
def train_epoch():
    model.train()
    total = 0.0
    for i in range(0, 192, 64):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X[i : i + 64]), Y[i : i + 64])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / 3

@torch.no_grad()
def evaluate():
    model.eval()
    return (model(X[192:]).argmax(1) == Y[192:]).float().mean().item()
# %% run
log = []
for epoch in range(4):
    log.append((train_epoch(), evaluate()))
    scheduler.step()
# %% final
evaluate()
