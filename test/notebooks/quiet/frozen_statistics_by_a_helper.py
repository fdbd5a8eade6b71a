# advice: none
# %% setup
import pathlib, sys, tempfile
import torch
from torch import nn
torch.manual_seed(0)
folder = pathlib.Path(tempfile.mkdtemp())
_ = (folder / "steps_with_frozen_statistics.py").write_text("""
import torch
from torch import nn
def frozen_bn(model):
    # fine-tuning small batches: keep running statistics
    model.eval()
    return model
def accuracy(model, x, y):
    was = model.training
    model.eval()
    with torch.no_grad():
        hit = (model(x).argmax(1) == y).float().mean().item()
    model.train(was)
    return hit
def fine_tune(model, opt, batches):
    frozen_bn(model)
    for x, y in batches:
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad(); loss.backward(); opt.step()
    return loss.item()
""")
sys.path.insert(0, str(folder))
import steps_with_frozen_statistics as steps
model = nn.Sequential(nn.Linear(16, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.3), nn.Linear(512, 3)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(640, 16, device=DEVICE), torch.randint(0, 3, (640,), device=DEVICE)
batches = list(zip(x.split(64), y.split(64)))
# %% pretrain
model.train()
for xb, yb in batches:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(xb), yb).backward()
    optimizer.step()
# %% check
seen = steps.accuracy(model, x, y)
# %% tune
last = steps.fine_tune(model, optimizer, batches)
# %% tune2
steps.frozen_bn(model)
# %% tune3
for xb, yb in batches:
    loss = nn.functional.cross_entropy(model(xb), yb)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
last = loss.item()
