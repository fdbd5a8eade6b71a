if not flag:
    out = None
elif flag:
    out = model(x)  # forward
else:
    out = model(x + 1)  # forward
