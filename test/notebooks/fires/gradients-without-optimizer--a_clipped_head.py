# advice: train gradients-without-optimizer 6; low_rank gradients-without-optimizer 13
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512)).to(DEVICE)
head = nn.Linear(512, 10).to(DEVICE)
optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
batches = [(torch.randn(32, 32, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(8)]
# %% train
norms = []
for x, y in batches:
    optimizer.zero_grad()
    F.cross_entropy(head(backbone(x)), y).backward()
    norms.append(nn.utils.clip_grad_norm_(head.parameters(), 1.0).item())
    optimizer.step()
# %% low_rank
class Adapter(nn.Module):
    def __init__(self, base, rank=4):
        super().__init__()
        self.base, self.down, self.up = base, nn.Linear(512, rank), nn.Linear(rank, 512)
    def forward(self, x):
        return self.base(x) + self.up(self.down(F.relu(x[:, :1].expand(-1, 512))))
net = Adapter(nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512))).to(DEVICE)
trained = [*net.down.parameters(), *net.up.parameters()]
adapted = torch.optim.AdamW(trained, lr=0.01)
for x, y in batches:
    F.cross_entropy(net(x), y).backward()
    nn.utils.clip_grad_norm_(trained, 1.0)
    adapted.step()
    adapted.zero_grad()
