with device:
    lab.model = make()
    out = lab.model(x)
