# advice: none
# forwards: a
# %% setup
# VAE.
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
enc, dec = make_model(out=32), make_model(width=16, out=256)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()])

# %% a
for xb, _ in loader:
    mu, logvar = enc(xb).chunk(2, 1)
    z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
    rec = dec(z)
    kl = (mu ** 2 + logvar.exp() - logvar - 1).sum(1).mean()
    loss = F.mse_loss(rec, xb) + kl
    opt.zero_grad()
    loss.backward()
    opt.step()
