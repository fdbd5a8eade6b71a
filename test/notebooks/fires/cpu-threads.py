# advice: predict cpu-threads 5
# fixed: within 0.001
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
# %% threads
import os
import time

threads_before = torch.get_num_threads()
torch.set_num_threads(4 * os.cpu_count())
model = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)).eval()
x = torch.randn(512, 256)
# %% predict
def predict(seconds):
    end = time.perf_counter() + seconds
    with torch.no_grad():
        while time.perf_counter() < end:
            out = model(x)
    return out

out = predict(0.6)
# %% restore
torch.set_num_threads(threads_before)
