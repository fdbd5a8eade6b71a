# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU())
        self.mu, self.logvar = nn.Linear(128, 8), nn.Linear(128, 8)
        self.decoder = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 64))

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.decoder(z), mu, logvar

vae = VAE().to(DEVICE)
optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3)
images = torch.rand(256, 64)
# %% train
def elbo(x):
    recon, mu, logvar = vae(x)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1).mean()
    return F.mse_loss(recon, x, reduction="sum") / len(x) + kl

history = []
for epoch in range(4):
    total = 0.0
    for start in range(0, 256, 64):
        x = images[start : start + 64].to(DEVICE)
        loss = elbo(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    history.append(total / 256)
# %% generate
with torch.no_grad():
    grid = vae.decoder(torch.randn(9, 8, device=DEVICE)).cpu().view(3, 3, 8, 8)
