if not flag:
    out = None
elif model(x).sum() < 1e9:  # forward
    out = 1
