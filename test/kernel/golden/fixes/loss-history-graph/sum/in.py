for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    total += loss  # so far
