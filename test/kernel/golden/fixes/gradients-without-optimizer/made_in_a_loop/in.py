for seed in range(3):
    backbone, head = make(seed)
    optimizer = SGD(head.parameters())
    for x, y in batches:
        optimizer.zero_grad()
        criterion(head(backbone(x)), y).backward()
        optimizer.step()
