# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.func import functional_call, grad, stack_module_state, vmap

model = nn.Linear(8, 1).to(DEVICE)
params = {k: v.detach() for k, v in model.named_parameters()}
x, y = torch.randn(32, 8, device=DEVICE), torch.randn(32, 1, device=DEVICE)
# %% per_sample
def loss(params, x, y):
    return F.mse_loss(functional_call(model, params, (x[None],))[0], y)

per_sample = vmap(grad(loss), in_dims=(None, 0, 0))(params, x, y)
# %% ensemble
models = [nn.Linear(8, 1).to(DEVICE) for _ in range(4)]
stacked, buffers = stack_module_state(models)
with torch.no_grad():
    preds = vmap(lambda p, b: functional_call(models[0], (p, b), (x,)))(stacked, buffers)
