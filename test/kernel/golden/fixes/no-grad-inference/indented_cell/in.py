    out = model(x)  # forward
    last = out
