# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

rnn, head = nn.GRU(8, 32, batch_first=True).to(DEVICE), nn.Linear(32, 8).to(DEVICE)
optimizer = torch.optim.Adam([*rnn.parameters(), *head.parameters()])
sequence = torch.randn(4, 200, 8)
# %% train
hidden = None
for start in range(0, 180, 20):
    chunk = sequence[:, start : start + 21].to(DEVICE)
    out, hidden = rnn(chunk[:, :-1], hidden)
    loss = F.mse_loss(head(out), chunk[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    hidden = hidden.detach()
