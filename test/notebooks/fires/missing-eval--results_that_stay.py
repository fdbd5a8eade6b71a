# advice: predict missing-eval 1; at_once missing-eval 1
# fixed: not compared: dropout works differently in the prediction, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)
# %% train
for epoch in range(5):
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% predict
scores = net(x)
# %% accuracy
accuracy = (scores.argmax(1) == y).float().mean().item()
# %% at_once
logits = net(x[:100])
share = (torch.softmax(logits, 1).max(1).values > 0.9).float().mean().item()
