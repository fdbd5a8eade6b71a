for p in model.parameters():
    p.require_grad = False
