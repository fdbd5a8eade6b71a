def train():
    for x, y in batches:
        optimizer.zero_grad()
        criterion(head(backbone(x)), y).backward()
        optimizer.step()
