# advice: none
# forwards: a
# %% setup
# GAN.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)

def make_model(width=256, depth=8, out=10):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out)).to(DEVICE)

model = make_model()
x = torch.randn(512, 256, device=DEVICE)
y = torch.randint(0, 10, (512,), device=DEVICE)
loader = [
    (torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE))
    for _ in range(4)
]
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% f
G, D = make_model(out=256), make_model(out=1)
g_opt = torch.optim.Adam(G.parameters())
d_opt = torch.optim.Adam(D.parameters())

# %% a
for xb, _ in loader:
    z = torch.randn(512, 256, device=DEVICE)
    fake = G(z)
    d_loss = F.softplus(-D(xb)).mean() + F.softplus(D(fake.detach())).mean()
    d_opt.zero_grad()
    d_loss.backward()
    d_opt.step()
    g_loss = F.softplus(-D(fake)).mean()
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
