grads = torch.autograd.grad(model(x).sum(), list(model.parameters()))  # forward
