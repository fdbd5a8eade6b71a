# advice: none
# forwards: collect fill mixed archive archive_again alias logits
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "tp_registry.py").write_text("""
import torch
from torch import nn

KNOWN = []

class Trainer:
    def __init__(self, model, lr=0.1):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        self.outputs = []
        KNOWN.append(self)

    def collect(self, data):
        for part in data:
            self.outputs.append(self.model(part))

    def learn(self, y):
        loss = nn.functional.cross_entropy(torch.cat(self.outputs), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.outputs = []
        return loss.item()

def learn_all(y):
    return sum(each.learn(y) for each in KNOWN if each.outputs)
""")
sys.path.insert(0, str(folder))
import tp_registry

class Derived(tp_registry.Trainer):
    pass

class Baseline:
    def learn(self, y):
        self.mean = y.float().mean()

class Study:
    def __init__(self, model):
        self.model, self.out, self.history = model, None, []

    def archive(self):
        self.history.append(self.out)

    def total(self, y):
        return sum(nn.functional.cross_entropy(each, y) for each in self.history)

def make(depth=6):
    layers = [layer for _ in range(depth) for layer in (nn.Linear(256, 256), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()

def total(y):
    kept = outputs
    logits = torch.cat(kept)
    return nn.functional.cross_entropy(logits, y)

trainer, derived = tp_registry.Trainer(make()), Derived(make())
single = tp_registry.Trainer(make())
study, baseline, model = Study(make()), Baseline(), make()
optimizer = torch.optim.SGD(study.model.parameters(), lr=0.1)
other = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% collect
trainer.collect(x.chunk(4))
# %% look
shapes = [each.shape for each in trainer.outputs]
# %% learn
learned = trainer.learn(y)
# %% fill
for part in x.chunk(4):
    derived.outputs.append(derived.model(part))
# %% count
count = len(derived.outputs)
# %% learn_all
learned = tp_registry.learn_all(y)
# %% mixed
for part in x.chunk(4):
    single.outputs.append(single.model(part))
# %% base
baseline.learn(y)
# %% learn_mixed
learned = single.learn(y)
# %% archive
study.out = study.model(x)
study.archive()
# %% archive_again
study.out = study.model(x + 1)
# %% archived
study.archive()
# %% train
loss = study.total(y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
# %% alias
outputs = [model(part) for part in x.chunk(4)]
# %% number
number = len(outputs)
# %% train_alias
loss = total(y)
other.zero_grad()
loss.backward()
other.step()
# %% logits
logits = [model(part) for part in x.chunk(4)]

def error(y):
    return nn.functional.cross_entropy(torch.cat(logits), y)
# %% count_of_logits
number = len(logits)
# %% train_on_logits
loss = error(y)
other.zero_grad()
loss.backward()
other.step()
