# advice: train missing-eval 11
# fixed: not compared: dropout works differently in the validation, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3)).to(DEVICE)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
train = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(4)]
valid = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(2)]
# %% train
history = []
for epoch in range(3):
    for x, y in train:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    correct = 0
    with torch.no_grad():
        for x, y in valid:
            correct += (net(x).argmax(1) == y).sum().item()
    history.append(correct / 64)
