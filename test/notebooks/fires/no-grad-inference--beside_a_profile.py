# advice: predict no-grad-inference 5; plain no-grad-inference 11
# torch: 2.9
# %% setup
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]

def predict(data):
    return [model(x) for x in data]
# %% predict
with profile(activities=[ProfilerActivity.CPU], acc_events=True):
    model(loader[0])
outputs = []
for x in loader:
    outputs.append(model(x))
# %% plain
again = predict(loader)
# %% look
best = torch.cat([*outputs, *again]).argmax(1)
