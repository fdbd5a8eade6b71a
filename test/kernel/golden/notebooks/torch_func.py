# Torch.func.
# advice: none

# %% a
from torch.func import functional_call, grad
model.eval()
params = {k: v.detach() for k, v in model.named_parameters()}
def loss_of(p):
    return criterion(functional_call(model, p, (x,)), y)
grads = grad(loss_of)(params)
