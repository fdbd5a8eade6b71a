# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Coupling(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim // 2, 32), nn.ReLU(), nn.Linear(32, dim))

    def forward(self, x):
        a, b = x.chunk(2, 1)
        s, t = self.net(a).chunk(2, 1)
        return torch.cat([b * torch.tanh(s).exp() + t, a], 1), torch.tanh(s).sum(1)

flow = nn.ModuleList(Coupling(8) for _ in range(4)).to(DEVICE)
optimizer = torch.optim.Adam(flow.parameters(), lr=1e-3)
# %% train
nll = []
for step in range(10):
    z, logdet = torch.randn(64, 8, device=DEVICE) * 2 + 1, 0
    for layer in flow:
        z, ld = layer(z)
        logdet = logdet + ld
    loss = (0.5 * z.pow(2).sum(1) - logdet).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    nll.append(loss.detach())
curve = torch.stack(nll).cpu()
