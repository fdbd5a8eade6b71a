# advice: train torch-compile
# needs: accelerator
# machine: {"memory.utilisation": 0.4, "record.duration_s": 12.0}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
import torch._dynamo
import re

torch.manual_seed(0)
torch._dynamo.config.disable = True  # as where it cannot compile
words = re.compile(r"\w+")
model = nn.Sequential(nn.Linear(64, 768), nn.ReLU(), nn.Linear(768, 8)).to(DEVICE)

def fit(net, x, y, **options):
    opt = torch.optim.SGD(net.parameters(), **options)
    for _ in range(200):
        loss = F.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
# %% train
fit(model, torch.randn(256, 64, device=DEVICE), torch.randn(256, 8, device=DEVICE), lr=0.01, foreach=True)
# %% end
torch._dynamo.config.disable = False
