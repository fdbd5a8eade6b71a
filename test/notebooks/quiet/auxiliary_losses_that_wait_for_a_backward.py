# advice: none
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(d_in=128, hidden=384, d_out=8, p=0.0, bn=False):
    layers = [nn.Linear(d_in, hidden), nn.ReLU()]
    for _ in range(4):
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    if bn:
        layers.append(nn.BatchNorm1d(hidden))
    if p:
        layers.append(nn.Dropout(p))
    return nn.Sequential(*layers, nn.Linear(hidden, d_out)).to(DEVICE)
loader = [(torch.randn(256, 128, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(4)]
valid = [(torch.randn(256, 128, device=DEVICE), torch.randint(0, 8, (256,), device=DEVICE)) for _ in range(4)]
model = build(); aux_net = build()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
aux_opt = torch.optim.SGD(aux_net.parameters(), lr=0.05)
# %% functions
def train(epochs):
    """Trains the model; the auxiliary losses are for a joint step at the end."""
    penalties = []
    for epoch in range(epochs):
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            penalties.append(F.mse_loss(aux_net(x), aux_net(x.flip(0))))
    return penalties
# %% go
penalties = train(5)
# %% finish
aux_opt.zero_grad()
torch.stack(penalties).mean().backward()
aux_opt.step()
