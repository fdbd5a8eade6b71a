# advice: train retain-graph 4
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
batches = [(torch.randn(512, 128, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)) for _ in range(4)]
# %% train
for x, y in batches:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward(retain_graph=True)
    optimizer.step()
    last = loss
    pair = (last, x)
# %% show
print(last.item(), pair[0].detach().shape)
