if flag:
    with torch.no_grad():
        for out in map(model, loader):  # forward
    # left
            last = out
