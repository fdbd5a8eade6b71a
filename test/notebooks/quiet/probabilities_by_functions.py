# advice: none
# forwards: train
# %% setup
import torch
import torch.nn as N
import torch.nn.functional as F

torch.manual_seed(0)

class Attention(N.Module):
    def __init__(self):
        super().__init__()
        self.key, self.out = N.Linear(16, 16), N.Linear(16, 5)
    def forward(self, x):
        weights = F.softmax(x @ self.key(x).transpose(1, 2), dim=-1)
        return self.out((weights @ x).mean(1))

def likelihood(scores, target):
    return F.nll_loss(F.softmax(scores, dim=1).clamp_min(1e-6).log(), target)

def fit(net, criterion, steps):
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(steps):
        opt.zero_grad()
        criterion(net(torch.randn(8, 4, 16, device=DEVICE)), torch.randint(0, 5, (8,), device=DEVICE)).backward()
        opt.step()
# %% train
net = Attention().to(DEVICE)
fit(net, likelihood, 3)
fit(net, N.CrossEntropyLoss(), 3)
