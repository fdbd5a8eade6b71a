for x in batches:
    model.to(device)
    model(x)
for x in batches:
    model.cpu()
    model(x)
