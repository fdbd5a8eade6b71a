# advice: setup vram-near-limit
# needs: accelerator
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

start = torch.ones(1, device=DEVICE)
total = torch.accelerator.get_memory_info()[1]
_kept = torch.empty(int(total * 0.92), dtype=torch.uint8, device=DEVICE)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = TensorDataset(torch.randn(1024, 64), torch.randint(0, 10, (1024,)))
loader = DataLoader(data, batch_size=512)
# %% train
for x, y in loader:
    optimizer.zero_grad()
    x, y = x.to(DEVICE), y.to(DEVICE)
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
