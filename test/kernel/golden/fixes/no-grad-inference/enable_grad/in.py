for out in map(model, loader):  # forward
    with torch.enable_grad():
        again = model(x)
