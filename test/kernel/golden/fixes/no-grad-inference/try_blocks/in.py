try:
    out = model(x)  # forward
except RuntimeError:
    out = None
finally:
    last = model(x)  # forward
