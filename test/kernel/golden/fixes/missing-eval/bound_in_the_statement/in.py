with device:
    model = make()
    out = model(x)
