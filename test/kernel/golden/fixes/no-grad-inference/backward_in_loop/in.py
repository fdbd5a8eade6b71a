for out in map(model, loader):  # forward
    out.sum().backward()
