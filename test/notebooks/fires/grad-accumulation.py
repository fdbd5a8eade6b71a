# advice: train grad-accumulation 7 8; train vram-near-limit
# needs: accelerator
# fixed: within 0.1
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.utils.data import DataLoader, TensorDataset

start = torch.ones(1, device=DEVICE)
total = torch.accelerator.get_memory_info()[1]
_kept = torch.empty(int(total * 0.8), dtype=torch.uint8, device=DEVICE)
width = int(total * 0.1 / (512 * 4 * 2))
model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = TensorDataset(torch.randn(1024, 64), torch.randint(0, 10, (1024,)))
loader = DataLoader(data, batch_size=512)
# %% train
def train():
    for x, y in loader:
        optimizer.zero_grad()
        x, y = x.to(DEVICE), y.to(DEVICE)
        out = model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()


train()
