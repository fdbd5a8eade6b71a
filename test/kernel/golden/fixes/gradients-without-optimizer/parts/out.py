model.stem.requires_grad_(False)
model.layers.requires_grad_(False)
for x, y in batches:
    loss(model(x), y).backward()
    optimizer.step()
