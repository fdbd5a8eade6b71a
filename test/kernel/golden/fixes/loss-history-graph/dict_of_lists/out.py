for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    log['train'].append(loss.detach())
