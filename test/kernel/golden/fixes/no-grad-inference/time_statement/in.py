%time out = model(x)  # forward
