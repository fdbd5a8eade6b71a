if flag:
    for out in map(model, loader):  # forward
# left
        last = out
