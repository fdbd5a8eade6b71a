w.grad.zero_().add_(1)
