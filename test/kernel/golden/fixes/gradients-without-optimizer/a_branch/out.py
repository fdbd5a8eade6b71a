if train:
    backbone = make()
    backbone.requires_grad_(False)
    for x, y in batches:
        optimizer.zero_grad()
        criterion(head(backbone(x)), y).backward()
        optimizer.step()
else:
    backbone = load()
