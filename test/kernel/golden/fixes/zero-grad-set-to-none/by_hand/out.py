for p in model.parameters():
    if p.grad is not None:
        p.grad = None
