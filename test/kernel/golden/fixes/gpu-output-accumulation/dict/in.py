for name, x in items:
    outs[name] = model(x)
