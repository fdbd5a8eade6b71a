for i, x in enumerate(loader):
    if i % 10 == 0:
        pass
    step(x)
