with timed():
    model.stem = make()
    for x, y in batches:
        loss(model(x), y).backward()
        optimizer.step()
