# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

def make(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 4)).to(DEVICE)

x, y = torch.randn(8, 2100, device=DEVICE), torch.randint(0, 4, (8,), device=DEVICE)
# %% model
model = make(2100)
# %% optimizer
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% model_again
model = make(2100)
# %% optimizer_again
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
model.train()
for step in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
# %% another
ensemble = [model]
model = make(2100)
ensemble.append(model)
# %% vote
for member in ensemble:
    member.eval()
with torch.no_grad():
    votes = torch.stack([member(x).softmax(-1) for member in ensemble]).mean(0)
votes.argmax(1).tolist()
