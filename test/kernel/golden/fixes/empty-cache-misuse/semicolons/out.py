for x in loader:
    step(x)
