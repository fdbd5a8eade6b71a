for out in map(model, loader):  # forward
    del out
