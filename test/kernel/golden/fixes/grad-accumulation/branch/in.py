for x, y in loader:
    optimizer.zero_grad()
    out = model(x)
    loss = criterion(out, y)
    if ok:
        loss.backward()
    optimizer.step()
