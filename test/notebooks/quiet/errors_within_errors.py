# advice: none
# %% a
import torch
from torch import nn

net, x = nn.Linear(7, 4), torch.randn(2, 8)
# %% a_cause_of_its_own
# raises: ValueError
def check(x):
    raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x8 and 7x4)")

def configure():
    try:
        check(x)
    except RuntimeError as error:
        raise ValueError("The configuration is bad.") from error

configure()
# %% one_that_never_was_raised
# raises: ValueError
raise ValueError("bad") from RuntimeError("mat1 and mat2 shapes cannot be multiplied")
# %% dealt_with
# raises: KeyError
try:
    net(x)
except RuntimeError:
    {}["other"]
# %% hidden
# raises: ValueError
try:
    net(x)
except RuntimeError:
    raise ValueError("The first try failed, and there is no second.") from None
# %% a_compiler_of_its_own
# raises: BackendCompilerFailed
def compiler(graph, inputs):
    raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x8 and 7x4)")

@torch.compile(backend=compiler)
def double(x):
    return 2 * x

double(x)
