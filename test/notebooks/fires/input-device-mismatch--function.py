# advice: c input-device-mismatch 4
# needs: accelerator
# fixed: not compared: the cell failed before
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
device = torch.device(DEVICE)
model = nn.Linear(32, 10).to(device)
loader = [(torch.randn(16, 32), torch.randint(0, 10, (16,))) for _ in range(4)]
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% b
def train(loader):
    for inputs, labels in loader:
        logits = model(inputs.to(device))
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% c
# raises: RuntimeError
train(loader)
