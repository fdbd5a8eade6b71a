# advice: none
# forwards: sample again
# waits: reward
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(4) for layer in (nn.Linear(256, 256), nn.SiLU())]
net = nn.Sequential(*layers, nn.Linear(256, 256)).to(DEVICE)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
x0 = torch.randn(256, 256, device=DEVICE)
# %% train
for step in range(8):
    noise = torch.randn_like(x0)
    loss = F.mse_loss(net(x0 + noise), noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% sample
# A reward is to be computed of the image and to go through all steps.
image = x0.clone()
for t in reversed(range(8)):
    image = image - 0.01 * net(image)
# %% look
shown = image.detach().cpu().mean(1).tolist()
# %% again
outputs = []
for part in x0.split(64):
    outputs.append(net(part))
# %% look_again
sizes = [out.abs().max().item() for out in outputs]
# %% objective
objective = torch.cat(outputs).pow(2).mean()
# %% step
optimizer.zero_grad()
objective.backward()
optimizer.step()
# %% reward
(-image.mean()).backward()
optimizer.step()
