# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

latent = 16
generator = nn.Sequential(nn.Linear(latent, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32)).to(DEVICE)
discriminator = nn.Sequential(nn.Linear(32, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)).to(DEVICE)
opt_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
real_data = torch.randn(512, 32)
# %% train
d_losses, g_losses = [], []
for step in range(30):
    real = real_data[torch.randint(0, 512, (64,))].to(DEVICE)
    z = torch.randn(64, latent, device=DEVICE)
    fake = generator(z)

    opt_d.zero_grad()
    d_real = bce(discriminator(real), torch.ones(64, 1, device=DEVICE))
    d_fake = bce(discriminator(fake.detach()), torch.zeros(64, 1, device=DEVICE))
    (d_real + d_fake).backward()
    opt_d.step()

    opt_g.zero_grad()
    g_loss = bce(discriminator(fake), torch.ones(64, 1, device=DEVICE))
    g_loss.backward()
    opt_g.step()
    if step % 10 == 0:
        d_losses.append((d_real + d_fake).item())
        g_losses.append(g_loss.item())
# %% sample
generator.eval()
with torch.no_grad():
    samples = generator(torch.randn(16, latent, device=DEVICE)).cpu()
samples.shape
