# advice: predict missing-eval 5
# fixed: not compared: dropout and batch norm work differently, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
model.to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
data = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(6)]
# %% train
model.train()
for x, y in data:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
# %% predict
hits, seen = 0, 0
# How good is it?
with torch.no_grad():
    for x, y in data:
        hits += (model(x).argmax(1) == y).sum().item()
        seen += len(y)
accuracy = hits / seen
