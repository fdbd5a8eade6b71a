# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

w = torch.zeros(20, requires_grad=True, device=DEVICE)
A, b = torch.randn(100, 20, device=DEVICE), torch.randn(100, device=DEVICE)
optimizer = torch.optim.LBFGS([w], max_iter=20, line_search_fn="strong_wolfe")
# %% fit
def closure():
    optimizer.zero_grad()
    loss = ((A @ w - b) ** 2).mean()
    loss.backward()
    return loss

for _ in range(5):
    final = optimizer.step(closure)
final.item()
