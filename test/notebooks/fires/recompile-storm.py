# advice: run recompile-storm 1
# %% setup
import torch
import torch._dynamo

torch.manual_seed(0)
torch._dynamo.reset()
torch._dynamo.config.disable = False
torch._dynamo.config.automatic_dynamic_shapes = False
# %% run
@torch.compile(backend="eager")
def double(x):
    return x * 2


sums = [double(torch.ones(size, device=DEVICE)).sum().item() for size in range(2, 24)]
# %% end
torch._dynamo.reset()
torch._dynamo.config.automatic_dynamic_shapes = True
