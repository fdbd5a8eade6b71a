# advice: none
# forwards: train predict own
# %% setup
# Trained and evaluated as it should be, past PyTorch's own call.
import torch
from torch import nn

torch.manual_seed(0)

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(256, 256) for _ in range(6))
        self.norm, self.drop, self.last = nn.BatchNorm1d(256), nn.Dropout(0.3), nn.Linear(256, 10)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.last(self.drop(self.norm(x)))

class Own(Deep):
    def __call__(self, x):
        return self.forward(x)

model, own = Deep().to(DEVICE), Own().to(DEVICE)
optimizer = torch.optim.SGD([*model.parameters(), *own.parameters()], lr=0.01)
data = [(torch.randn(256, 256, device=DEVICE), torch.randint(0, 10, (256,), device=DEVICE)) for _ in range(4)]
# %% train
for x, y in data:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model.forward(x) + own(x), y)
    loss.backward()
    optimizer.step()
# %% predict
model.eval()
with torch.no_grad():
    hits = sum((model.forward(x).argmax(1) == y).sum().item() for x, y in data)
model.train()
# %% own
own.eval()
with torch.no_grad():
    hits = sum((own(x).argmax(1) == y).sum().item() for x, y in data)
own.train()
