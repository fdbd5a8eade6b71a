with torch.no_grad():
    for out in map(model, loader):  # forward
        del out
