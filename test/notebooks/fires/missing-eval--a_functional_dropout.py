# advice: test missing-eval 2
# fixed: not compared: dropout works differently in the test, which is what the fix is for
# %% setup
# A graph network as their tutorials write it: dropout is no layer.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Linear(32, 64)
        self.conv2 = nn.Linear(64, 4)

    def forward(self, x, adjacency):
        x = F.relu(adjacency @ self.conv1(x))
        x = F.dropout(x, p=0.5, training=self.training)
        return adjacency @ self.conv2(x)

x, y = torch.randn(200, 32, device=DEVICE), torch.randint(0, 4, (200,), device=DEVICE)
adjacency = torch.softmax(torch.randn(200, 200, device=DEVICE), 1)
model = GCN().to(DEVICE)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
# %% train
model.train()
for epoch in range(10):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x, adjacency)[:100], y[:100])
    loss.backward()
    optimizer.step()
# %% test
with torch.no_grad():
    out = model(x, adjacency)
accuracy = (out.argmax(1)[100:] == y[100:]).float().mean().item()
