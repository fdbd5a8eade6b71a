def run():
    for x in loader:
        y = step(x)
    return y
