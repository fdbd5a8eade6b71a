with timer() as took:
    out = model(x)
