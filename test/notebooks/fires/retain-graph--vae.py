# advice: train retain-graph 7
# %% setup
import torch
import torch.nn.functional as F
from torch import nn, optim as O

class VAE:
    """Not a module itself: its parts are called one by one."""
    def __init__(self, width, latent):
        self.body, self.heads = nn.Linear(64, width), nn.Linear(width, 2 * latent)
        self.decoder = nn.Linear(latent, 64)
    def parameters(self):
        return [p for part in (self.body, self.heads, self.decoder) for p in part.parameters()]
    def elbo(self, x):
        mean, log_var = self.heads(torch.tanh(self.body(x))).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
        kl = (mean.pow(2) + log_var.exp() - 1 - log_var).sum(1)
        return F.mse_loss(torch.sigmoid(self.decoder(z)), x) + 0.01 * kl.mean()

class Trainer:
    def __init__(self, vae, **options):
        self.vae, self.opt = vae, O.Adam(vae.parameters(), **options)

torch.manual_seed(0)

vae = VAE(256, 32)
for part in (vae.body, vae.heads, vae.decoder):
    part.to(DEVICE)
trainer = Trainer(vae, lr=1e-3)
data = [torch.rand(512, 64) for _ in range(4)]
# %% train
def epoch(self, batches):
    total = 0.0
    for x in batches:
        self.opt.zero_grad()
        loss = self.vae.elbo(x.to(DEVICE))
        total += loss.item()
        loss.backward(retain_graph=True)
        self.opt.step()
    return total

history = [epoch(trainer, data) for _ in range(2)]
