# advice: predict no-grad-inference 3
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
# %% predict
outputs = []
for x in loader:
    outputs.append(model(x))
# %% look
best = torch.cat(outputs).argmax(1)
