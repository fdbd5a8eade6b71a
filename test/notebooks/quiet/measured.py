# advice: none
# torch: 2.9
# %% setup
import cProfile
import io
import pstats
import timeit
import tracemalloc

import torch
import torch.utils.benchmark as benchmark
from torch import nn
from torch.profiler import ProfilerActivity, profile

torch.manual_seed(0)
layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 10)).to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
# %% block
outputs = []
with profile(activities=[ProfilerActivity.CPU], acc_events=True) as recorded:
    for x in loader:
        outputs.append(model(x))
# %% between
recorded.start()
between = [model(x) for x in loader]
recorded.stop()
# %% function
def predict(data):
    result = []
    for x in data:
        result.append(model(x))
    return result

def predict_with_profile(data):
    with torch.autograd.profiler.profile() as p:
        return predict(data)
# %% called
named = predict_with_profile(loader)
# %% python_profile
calls = cProfile.Profile()
calls.enable()
profiled = predict(loader)
calls.disable()
shown = pstats.Stats(calls, stream=io.StringIO()).total_calls > 0
# %% run_call
ran = cProfile.Profile().runcall(predict, loader)
# %% memory
tracemalloc.start()
traced = predict(loader)
tracemalloc.stop()
# %% timed
seconds = timeit.timeit(lambda: predict(loader), number=2) > 0
# %% benchmark_timer
timer = benchmark.Timer("predict(loader)", globals=globals())
measured = timer.timeit(2).mean > 0
# %% line_magic
%timeit -n 1 -r 1 kept = predict(loader)
# %% cell_magic
%%timeit -n 1 -r 1
for x in loader:
    y = model(x)
# %% afterwards
del outputs, between, named, profiled, ran, traced
