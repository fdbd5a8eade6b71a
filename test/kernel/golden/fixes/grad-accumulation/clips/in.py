for x, y in loader:
    optimizer.zero_grad()
    out = model(x)
    loss = criterion(out, y)
    loss.backward()
    clip_grad_norm_(params, 1)
    optimizer.step()
