# advice: none
# forwards: stored bound_to_a_function kept_by_functions popped
# %% setup
from functools import partial

import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)

class Buffer:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop_all(self):
        items, self.items = self.items, []
        return items

def train_on(logits):
    loss = nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

buffer = Buffer()
# %% stored
logits = [model(part) for part in x.chunk(4)]
store = {"logits": logits}
# %% shapes
shapes = [each.shape for each in store["logits"]]
# %% train_stored
train_on(torch.cat(store["logits"]))
# %% bound_to_a_function
outputs = [model(part) for part in x.chunk(4)]
joined = partial(torch.cat, outputs)
# %% count
count = len(outputs)
# %% train_bound
train_on(joined())
# %% kept_by_functions
functions = []
for part in x.chunk(4):
    functions.append(lambda output=model(part): output)
# %% count_functions
count = len(functions)
# %% train_kept
train_on(torch.cat([each() for each in functions]))
# %% popped
for part in x.chunk(4):
    buffer.push(model(part))
# %% count_items
count = len(buffer.items)
# %% train_popped
train_on(torch.cat(buffer.pop_all()))
