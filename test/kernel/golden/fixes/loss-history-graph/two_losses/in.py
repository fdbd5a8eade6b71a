for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    a.append(loss)
    outs.append(model(x))
