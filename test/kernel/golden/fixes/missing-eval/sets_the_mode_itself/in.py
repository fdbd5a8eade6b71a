for x in data:
    model.eval()
    out = model(x)
