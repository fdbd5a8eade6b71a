# advice: train softmax-into-ce 4
# fixed: not compared: the loss is another one
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).to(DEVICE)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(4)]
# %% train
for x, y in batches:
    optimizer.zero_grad()
    out = model(x.to(DEVICE))
    loss = criterion(F.softmax(out, dim=1), y.to(DEVICE))
    loss.backward()
    optimizer.step()
