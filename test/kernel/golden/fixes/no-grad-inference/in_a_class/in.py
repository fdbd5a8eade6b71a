class Holder:
    out = model(x)  # forward
