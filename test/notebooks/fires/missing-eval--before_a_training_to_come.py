# advice: predict missing-eval 2; score missing-eval 2
# fixed: not compared: dropout makes no noise any more
# %% setup
import pathlib
import sys
import tempfile

import torch
from torch import nn

torch.manual_seed(0)

folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "tp_learns_as_it_is.py").write_text("""
import torch
from torch import nn

def learn(model, x, y):
    assert model.training
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
""")
sys.path.insert(0, str(folder))
from tp_learns_as_it_is import learn

def make():
    return nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))

first, second = make().to(DEVICE), make().to(DEVICE)
torch.save(first.state_dict(), folder / "model.pt")
x, y = torch.randn(512, 16, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)
# %% load
first.load_state_dict(torch.load(folder / "model.pt"))
second.load_state_dict(torch.load(folder / "model.pt"))
# %% predict
with torch.no_grad():
    predicted = [first(part).argmax(1) for part in x.chunk(4)]
# %% learn
learn(first, x, y)
# %% score
with torch.no_grad():
    scored = [second(part).argmax(1) for part in x.chunk(4)]
# %% train
assert second.training
optimizer = torch.optim.SGD(second.parameters(), lr=0.1)
for _ in range(3):
    loss = nn.functional.cross_entropy(second(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
