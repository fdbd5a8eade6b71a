for x in batches:
    model.to(device)
    train(model, x)
    model.cpu()
    check(model)
