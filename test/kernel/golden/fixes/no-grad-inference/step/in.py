for out in map(model, loader):  # forward
    optimizer.step()
