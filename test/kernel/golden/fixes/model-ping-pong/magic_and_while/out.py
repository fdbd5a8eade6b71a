%%time
model.to(device)
while True:
    x = next(stream, None)
    if x is None:
        break
    out = model(x)
model.cpu();
