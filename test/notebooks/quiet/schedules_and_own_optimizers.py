# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Adam(torch.optim.Optimizer):
    """Sign descent with decoupled decay: not PyTorch's Adam, in spite of its name."""

    def __init__(self, params, lr=1e-3, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * p.grad.sign())


def train(model, optimizer, steps=6, scheduler=None):
    for _ in range(steps):
        optimizer.zero_grad()
        x, y = torch.randn(32, 16, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


# %% plot_a_schedule
model = nn.Linear(16, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
rates = []
for _ in range(20):
    rates.append(scheduler.get_last_lr()[0])
    scheduler.step()
# %% catch_up_and_go_on
start_epoch = 3
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for _ in range(start_epoch):
    scheduler.step()
train(model, optimizer, scheduler=scheduler)
# %% own_optimizer
own = Adam(model.parameters())
train(model, own)
# %% accumulate_with_methods
k = 4
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for i in range(16):
    x, y = torch.randn(32, 16, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)
    loss = F.cross_entropy(model(x), y)
    loss = loss.div(k)
    loss.backward()
    if (i + 1) % k == 0:
        optimizer.step()
        optimizer.zero_grad()
