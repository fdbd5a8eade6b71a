for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    losses.append((step, loss.detach()))
