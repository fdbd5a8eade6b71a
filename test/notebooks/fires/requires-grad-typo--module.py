# advice: setup requires-grad-typo 14
# fixed: not compared: what should be frozen is no longer trained
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(32, 64), nn.Linear(64, 10)
    def forward(self, x):
        return self.head(torch.relu(self.encoder(x)))
model = Net().to(DEVICE)
model.encoder.requires_grad = False
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
for step in range(4):
    optimizer.zero_grad()
    model(torch.randn(8, 32, device=DEVICE)).pow(2).mean().backward()
    optimizer.step()
