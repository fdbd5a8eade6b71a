# advice: train softmax-into-ce 11
# fixed: not compared: the loss is another one
# %% setup
import torch
import torch.nn as N
from torch.nn.functional import softmax

torch.manual_seed(0)

class Task:
    def __init__(self, net):
        self.net, self.criterion = net, N.CrossEntropyLoss(label_smoothing=0.1)
    def step(self, batch):
        return self.criterion(softmax(self.net(batch["x"]), dim=-1), batch["y"])

def fit(task, batches, opt):
    for batch in batches:
        opt.zero_grad()
        task.step({name: value.to(DEVICE) for name, value in batch.items()}).backward()
        opt.step()

batches = [{"x": torch.randn(32, 32), "y": torch.randint(0, 10, (32,))} for _ in range(4)]
# %% train
task = Task(N.Sequential(N.Linear(32, 64), N.ReLU(), N.Linear(64, 10)).to(DEVICE))
fit(task, batches, torch.optim.SGD(task.net.parameters(), lr=0.1))
