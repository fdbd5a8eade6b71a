# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)



class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates, self.new = nn.Linear(40, 64), nn.Linear(40, 32)

    def forward(self, x, hidden=None):
        hidden = x.new_zeros(len(x), 32) if hidden is None else hidden
        outputs = []
        for step in x.unbind(1):
            reset, update = self.gates(torch.cat([step, hidden], 1)).sigmoid().chunk(2, 1)
            new = self.new(torch.cat([step, reset * hidden], 1)).tanh()
            hidden = update * hidden + (1 - update) * new
            outputs.append(hidden)
        return torch.stack(outputs, 1), hidden


rnn, head = Recurrent().to(DEVICE), nn.Linear(32, 8).to(DEVICE)
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
