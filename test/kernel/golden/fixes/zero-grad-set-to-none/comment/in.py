for x, y in loader:
    optimizer.zero_grad(set_to_none=False)  # keep
    out = model(x)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
