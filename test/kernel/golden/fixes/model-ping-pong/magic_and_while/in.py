%%time
while True:
    x = next(stream, None)
    if x is None:
        break
    model.to(device)
    out = model(x)
    model.cpu()
