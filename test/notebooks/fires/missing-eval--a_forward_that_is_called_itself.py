# advice: predict missing-eval 4
# fixed: not compared: dropout works differently, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.drop, self.last = nn.Linear(16, 32), nn.Dropout(0.3), nn.Linear(32, 3)

    def forward(self, x):
        return self.last(self.drop(torch.relu(self.first(x))))

model = Net().to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
data = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(6)]
# %% train
for x, y in data:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model.forward(x), y)
    loss.backward()
    optimizer.step()
# %% predict
hits, seen = 0, 0
with torch.no_grad():
    for x, y in data:
        hits += (model.forward(x).argmax(1) == y).sum().item()
        seen += len(y)
accuracy = hits / seen
