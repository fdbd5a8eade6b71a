for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    a = 1; losses.append(loss.detach()); b = 2
