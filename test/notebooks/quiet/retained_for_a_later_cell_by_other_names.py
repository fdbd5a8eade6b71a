# advice: none
# waits: again
# %% setup
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

lab, logs = SimpleNamespace(), {}
model = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(512, 128, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)) for _ in range(4)]
# %% an_alias
for x, y in batches:
    loss_a = F.cross_entropy(model(x), y)
    loss_a.backward(retain_graph=True)
    last = loss_a
# %% an_attribute
for x, y in batches:
    loss_b = F.cross_entropy(model(x), y)
    loss_b.backward(retain_graph=True)
    lab.loss = loss_b
# %% a_tuple
for x, y in batches:
    loss_c = F.cross_entropy(model(x), y)
    loss_c.backward(retain_graph=True)
    pair = (loss_c, x)
# %% a_dictionary
for x, y in batches:
    loss_d = F.cross_entropy(model(x), y)
    loss_d.backward(retain_graph=True)
    logs["loss"] = loss_d
# %% two_targets
for x, y in batches:
    total = loss_e = F.cross_entropy(model(x), y)
    loss_e.backward(retain_graph=True)
# %% a_method
class Trainer:
    def step(self, x, y):
        loss = F.cross_entropy(model(x), y)
        loss.backward(retain_graph=True)
        self.kept = [loss]

trainer = Trainer()
for x, y in batches:
    trainer.step(x, y)
# %% again
for each in (last, lab.loss, pair[0], logs["loss"], total, trainer.kept[0]):
    each.backward()
