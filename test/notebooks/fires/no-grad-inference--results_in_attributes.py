# advice: train no-grad-inference 11; score no-grad-inference 4
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Experiment:
    def __init__(self, depth):
        layers = [layer for _ in range(depth) for layer in (nn.Linear(256, 256), nn.ReLU())]
        self.model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE)
        self.predictions, self.hits = [], 0

    def hit_rate(self, y):
        self.hits = (torch.cat(self.predictions).argmax(1) == y).sum().item()
        return self.hits / len(y)

deep, shallow = Experiment(6), Experiment(4)
optimizer = torch.optim.SGD(deep.model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% train
deep.losses = []
for step in range(4):
    loss = nn.functional.cross_entropy(deep.model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    deep.losses.append(loss.item())
deep.model.eval()
deep.predictions.clear()
for part in x.chunk(4):
    deep.predictions.append(deep.model(part))
# %% score
shallow.model.eval()
shallow.predictions = []
for part in x.chunk(4):
    shallow.predictions.append(shallow.model(part))
# %% report
print(deep.hit_rate(y), shallow.hit_rate(y))
