# advice: train no-grad-inference 11
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD as Optim

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
net = nn.Sequential(*layers, nn.Linear(256, 256)).to(DEVICE)
optim = Optim(net.parameters(), lr=0.1)
data = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
noise = torch.randn(512, 256, device=DEVICE)
# %% train
pictures = []
for step in range(12):
    x = data[step % 4]
    loss = F.mse_loss(net(x), x)
    optim.zero_grad()
    loss.backward()
    optim.step()

    if step % 5 == 0:
        # How far are we?
        pictures.append(net(noise))
# %% show
best = torch.stack(pictures).mean(-1).argmax(1)
