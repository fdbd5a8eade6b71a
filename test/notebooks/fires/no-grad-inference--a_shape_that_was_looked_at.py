# advice: look no-grad-inference 1; scores no-grad-inference 20
# %% setup
import torch
import torch.nn.functional as F
import torch.optim as O
from torch import nn

torch.manual_seed(0)
cfg = dict(lr=0.05, momentum=0.9)

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())])

    def forward(self, x):
        return self.layers(x)

def score(net, batches):
    found = []
    for xb in batches:
        found.append(net(xb))
    return torch.cat(found)

encoder = Encoder().to(DEVICE)
linear = nn.Linear(256, 10).to(DEVICE)
opt = O.SGD(linear.parameters(), **cfg)
fine = O.SGD(encoder.parameters(), **cfg)
x = torch.randn(512, 256, device=DEVICE)
y = torch.randint(0, 10, (512,), device=DEVICE)
# %% look
features = encoder(x)
print(features.shape)
# %% baseline
for step in range(4):
    loss = F.cross_entropy(linear(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
# %% scores
scores = score(encoder, x.chunk(2))
print(scores.argmax(1)[:5])
# %% tune
for step in range(4):
    loss = F.mse_loss(encoder(x), x)
    fine.zero_grad()
    loss.backward()
    fine.step()
