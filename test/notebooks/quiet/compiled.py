# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 4)).to(DEVICE)
fast = torch.compile(model, backend="eager")
optimizer = torch.optim.AdamW(model.parameters())
# %% train
for step in range(20):
    x, y = torch.randn(16, 32, device=DEVICE), torch.randint(0, 4, (16,), device=DEVICE)
    optimizer.zero_grad()
    loss = F.cross_entropy(fast(x), y)
    loss.backward()
    optimizer.step()
# %% infer
model.eval()
with torch.no_grad():
    probabilities = fast(torch.randn(16, 32, device=DEVICE)).softmax(1)
