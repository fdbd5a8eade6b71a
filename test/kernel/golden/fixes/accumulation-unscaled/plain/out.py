for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y)
    (loss / 4).backward()
    if (i + 1) % 4 == 0:
        optimizer.step()
        optimizer.zero_grad()
