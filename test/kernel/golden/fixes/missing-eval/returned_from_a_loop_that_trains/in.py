for x, y in data:
    f(model(x), y).backward()
    return model(x)
