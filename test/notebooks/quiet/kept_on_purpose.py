# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 2048), nn.ReLU(), nn.Linear(2048, 2048)).to(DEVICE).eval()
head = nn.Linear(2048, 4).to(DEVICE)
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
batches = [torch.randn(256, 64, device=DEVICE) for _ in range(6)]
labels = torch.randint(0, 4, (6 * 256,), device=DEVICE)
# %% features
features = []
with torch.no_grad():
    for batch in batches:
        features.append(model(batch))
features = torch.cat(features)
# %% fit
losses = []
for step in range(30):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(head(features), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.detach())
curve = torch.stack(losses).cpu()
# %% together
optimizer.zero_grad()
total = 0.0
for chunk, wanted in zip(features.chunk(16), labels.chunk(16)):
    total = total + nn.functional.cross_entropy(head(chunk), wanted)
total.backward()
optimizer.step()
# %% look
features.mean(0)[:5].cpu()
# %% score
accuracy = (head(features).argmax(1) == labels).float().mean().item()
