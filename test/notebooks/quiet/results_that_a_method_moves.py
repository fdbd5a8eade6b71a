# advice: none
# forwards: forward second another again
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Window:
    def __init__(self):
        self.now, self.last = None, None

    def shift(self):
        self.last = self.now
        self.now = None

class History:
    def __init__(self):
        self.out, self.kept = None, []

    def archive(self):
        self.kept.append(self.out)

layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
window, history = Window(), History()
# %% forward
window.now = model(x)
# %% shift
window.shift()
# %% second
window.now = model(x + 1)
# %% difference
loss = (window.now - window.last).pow(2).mean()
optimizer.zero_grad()
loss.backward()
optimizer.step()
# %% another
history.out = model(x)
# %% archive
history.archive()
# %% again
history.out = model(x + 1)
# %% archive_again
history.archive()
# %% train
loss = sum(nn.functional.cross_entropy(each, y) for each in history.kept)
optimizer.zero_grad()
loss.backward()
optimizer.step()
