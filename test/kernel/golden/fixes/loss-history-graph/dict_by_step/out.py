for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    log[step] = loss.detach()
