model(x)  # forward
