# advice: score missing-eval 11
# fixed: not compared: dropout works differently, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3)).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters())
x = torch.randn(64, 16, device=DEVICE)
y = torch.randint(0, 3, (64,), device=DEVICE)
# %% functions
def fit(model, steps):
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()

def score(model):
    with torch.no_grad():
        out = model(x)
    return (out.argmax(1) == y).float().mean().item()
# %% fit
final = fit(model, 20)
# %% score
accuracy = score(model)
# %% more
final = fit(model, 5)
