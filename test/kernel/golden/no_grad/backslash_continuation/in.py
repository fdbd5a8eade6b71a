out = \
    model(x)  # forward
