# advice: none
# %% a
%load_ext autoreload
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Linear(4, 4).to(DEVICE)
# %% b
%%capture captured
with torch.no_grad():
    y = model(torch.ones(2, 4, device=DEVICE))
print(y.shape)
# %% c
import asyncio

async def work():
    await asyncio.sleep(0)
    return 3

await work()
# %% d
%time z = y + 1
