# advice: train torch-compile
# needs: accelerator
# machine: {"memory.utilisation": 0.4, "record.duration_s": 12.0}
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
import torch._dynamo

torch._dynamo.config.disable = True  # as where it cannot compile
model = nn.Sequential(nn.Linear(64, 768), nn.ReLU(), nn.Linear(768, 8)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)
x, y = torch.randn(256, 64, device=DEVICE), torch.randn(256, 8, device=DEVICE)
# %% train
for _ in range(200):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% end
torch._dynamo.config.disable = False
