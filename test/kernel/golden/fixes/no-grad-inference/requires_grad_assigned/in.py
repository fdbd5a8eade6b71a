for out in map(model, loader):  # forward
    x.requires_grad = True
