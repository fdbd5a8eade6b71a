# advice: none
# torch: 2.9
# forwards: predict again
# %% setup
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
# %% functions
def forward_all(batches):
    return [model(x) for x in batches]

def predict(batches):
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as prof:
        outputs = []
        for x in batches:
            outputs.append(model(x))
    return outputs, len(prof.key_averages()) > 0

def predict_again(batches):
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as prof:
        outputs = forward_all(batches)
    return outputs, len(prof.key_averages()) > 0
# %% predict
outputs, seen = predict(loader)
# %% again
more, _ = predict_again(loader)
# %% look
best = torch.cat([*outputs, *more]).argmax(1)
