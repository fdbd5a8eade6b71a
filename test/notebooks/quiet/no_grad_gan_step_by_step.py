# advice: none
# forwards: fake critic judge
# %% setup
# A critic is trained before its verdict on the samples reaches the generator.
import torch
from torch import nn

torch.manual_seed(0)

def make_model(width=256, depth=8, out=10):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out)).to(DEVICE)

class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model(out=256)

    def forward(self, z):
        return self.body(z)

class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model(out=1)

    def forward(self, z):
        return self.body(z)

G, D = Generator(), Critic()
g_opt = torch.optim.SGD(G.parameters(), lr=0.1)
d_opt = torch.optim.SGD(D.parameters(), lr=0.1)
real = torch.randn(512, 256, device=DEVICE)
z = torch.randn(512, 256, device=DEVICE)
# %% fake
fake = G(z)
# %% critic
for step in range(4):
    d_loss = D(fake.detach()).mean() - D(real).mean()
    d_opt.zero_grad(); d_loss.backward(); d_opt.step()
# %% judge
g_loss = -D(fake).mean()
# %% generator
g_opt.zero_grad(); g_loss.backward(); g_opt.step()
