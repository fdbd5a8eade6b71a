# advice: encode missing-eval 2; look missing-eval 29
# fixed: not compared: dropout and batch norm work differently, which is what the fix is for
# %% setup
from types import SimpleNamespace

import torch
import torch.optim as O
from torch import nn

torch.manual_seed(0)

class AutoEncoder(nn.Module):
    def __init__(self, width=16, p=0.2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(32, width), nn.BatchNorm1d(width), nn.ReLU())
        self.decoder = nn.Sequential(nn.Dropout(p), nn.Linear(width, 32))

    def forward(self, x):
        return self.decoder(self.encoder(x))

def fit(net, data, epochs=3, **options):
    optimizer = O.AdamW(net.parameters(), **options)
    for _ in range(epochs):
        for x in data:
            loss = nn.functional.mse_loss(net(x), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

@torch.no_grad()
def restored(lab):
    return lab.net(lab.data[0])

lab = SimpleNamespace(net=AutoEncoder().to(DEVICE))
lab.data = [torch.randn(64, 32, device=DEVICE) for _ in range(4)]
# %% fit
fit(lab.net, lab.data, lr=1e-2)
# %% encode
with torch.no_grad():
    lab.codes = lab.net(lab.data[0])
# %% look
shown = restored(lab).mean().item()
