# advice: train scheduler-before-optimizer 4
# fixed: not compared: the first learning rate is no longer skipped
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(32, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(4)]
# %% train
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE)).backward()
    scheduler.step()
    optimizer.step()
