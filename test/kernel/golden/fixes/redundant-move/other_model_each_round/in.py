for model in models:
    model.to(device)
    model(x)
