# advice: none
# needs: accelerator
# %% setup
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(4096, 32, device=DEVICE), torch.randint(0, 10, (4096,), device=DEVICE)
# %% train
for epoch in range(2):
    total, scores = 0.0, []
    for step in range(150):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    model.eval()
    with torch.no_grad():
        for step in range(150):
            scores.append(max(model(x).flatten().tolist()))
    model.train()
# %% timed
start = time.perf_counter()
for step in range(5):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    total += float(loss)
spent = time.perf_counter() - start
# %% functions
def train():
    seen = 0.0
    for step in range(20):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        seen += float(loss)
    return seen
# %% timed_function
start = time.perf_counter()
seen = train()
spent = time.perf_counter() - start
