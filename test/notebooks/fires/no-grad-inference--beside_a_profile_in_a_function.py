# advice: predict no-grad-inference 7
# torch: 2.9
# %% setup
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
# %% functions
def predict(batches):
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as prof:
        model(batches[0])
    events = len(prof.key_averages())
    outputs = []
    for x in batches:
        outputs.append(model(x))
    return outputs, events > 0
# %% predict
outputs, seen = predict(loader)
# %% look
best = torch.cat(outputs).argmax(1)
