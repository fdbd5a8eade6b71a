optimizer.zero_grad()
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y)
    (loss / 4).backward()
    if (i + 1) % 4 == 0 or (i + 1) == len(loader):
        optimizer.step()
        optimizer.zero_grad()
    total += loss.item()
