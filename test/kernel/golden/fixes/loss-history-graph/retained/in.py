for x, y in loader:
    loss = f(model(x), y)
    loss.backward(retain_graph=True)
    losses.append(loss)
