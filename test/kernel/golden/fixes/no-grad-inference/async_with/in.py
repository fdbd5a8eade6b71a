async with lock(model(x)) as out:  # forward
    pass
