for x in batches:
    model.to(device)
    model.cpu()
