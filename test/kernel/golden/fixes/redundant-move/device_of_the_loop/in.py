for device in devices:
    model.to(device)
    model(x)
