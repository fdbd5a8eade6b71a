def predict(model):
    outs = []
    for x in loader:
        outs.append(model(x))
    return outs
