for i, x in enumerate(batches):
    if i:
        model.to(device)
    model(x)
