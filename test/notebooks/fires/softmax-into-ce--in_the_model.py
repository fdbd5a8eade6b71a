# advice: train softmax-into-ce
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(dim=1)).to(DEVICE)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(4)]
# %% train
for x, y in batches:
    optimizer.zero_grad()
    loss = criterion(model(x.to(DEVICE)), y.to(DEVICE))
    loss.backward()
    optimizer.step()
