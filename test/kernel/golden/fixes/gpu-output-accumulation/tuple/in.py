for x in loader:
    outs.append((x, model(x)))
