# advice: none
# forwards: predict shared known fill fill_other
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
ALL = []

def make():
    layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()

class Run:
    def __init__(self):
        self.model, self.outs = make(), []

    def finish(self, y):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loss = nn.functional.cross_entropy(torch.cat(self.outs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

class Listed(Run):
    def __init__(self):
        super().__init__()
        ALL.append(self)

class Common(Run):
    gathered = []

    def end(self, y):
        loss = nn.functional.cross_entropy(torch.cat(self.gathered), y)
        loss.backward()

model = make()
first, second, listed = Run(), Run(), Listed()
one, other = Common(), Common()
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% predict
for part in x.chunk(4):
    second.outs.append(model(part))
# %% look
count = len(second.outs)
# %% move
first.outs.extend(second.outs)
# %% finish
loss = first.finish(y)
# %% shared
for part in x.chunk(4):
    other.gathered.append(model(part))
# %% number
number = len(other.gathered)
# %% end
one.end(y)
# %% known
for part in x.chunk(4):
    listed.outs.append(model(part))
# %% shapes
shapes = [each.shape for each in listed.outs]
# %% each
for each in ALL:
    each.finish(y)
# %% fill
first.outs = second.outs = joint = []
for part in x[:256].chunk(2):
    first.outs.append(model(part))
# %% see
count = len(joint)
# %% fill_other
for part in x[256:].chunk(2):
    second.outs.append(model(part))
# %% see_other
shape = second.outs[0].shape
# %% train
loss = first.finish(y)
