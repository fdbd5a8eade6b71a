out = model(x)  # forward
