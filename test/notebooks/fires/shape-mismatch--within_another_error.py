# advice: from_it shape-mismatch 10; twice shape-mismatch 10; compiled shape-mismatch 10; a_function shape-mismatch 3; a_loss shape-mismatch 3
# %% a
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(7, 4)

    def forward(self, x):
        return self.head(x)

net = Net()
x = torch.randn(2, 8)
# %% from_it
# raises: ValueError
def configure():
    try:
        net(x)
    except RuntimeError as error:
        raise ValueError("The configuration is bad.") from error

configure()
# %% twice
# raises: SystemError
def evaluate():
    try:
        return net(x)
    except RuntimeError as error:
        raise ValueError("The validation failed.") from error

def run():
    try:
        evaluate()
    except ValueError as error:
        raise SystemError from error

run()
# %% compiled
# raises: TorchRuntimeError
torch.compile(net, backend="eager")(x)
# %% a_function
# raises: TorchRuntimeError
@torch.compile(backend="eager")
def project(x): return x @ torch.ones(3, 4)

project(x)
# %% a_loss
# raises: TorchRuntimeError
@torch.compile(backend="eager")
def loss(x): return nn.functional.cross_entropy(x, torch.tensor([1, 2, 3]))

loss(x)
