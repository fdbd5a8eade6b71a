# advice: train optimizer-never-steps 8; typo optimizer-never-steps 4; rows optimizer-never-steps 11
# fixed: not compared: with its steps the model learns, which is what the fix is for
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]
# %% train
losses = []
for epoch in range(2):
    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        # the step is missing
        loss.backward()
        losses.append(loss.item())
print(len(losses))
# %% typo
for x, y in batches:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step
# %% rows
def fit(model, optimizer, batches):
    total = 0.0
    for x, y in batches:
        out = model(x)
        loss = F.cross_entropy(out, y)
        total += loss.item()

        # Gradients of the batch before must go.
        optimizer.zero_grad()

        loss.backward()
    return total

total = fit(model, optimizer, batches)
