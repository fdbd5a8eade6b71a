torch = 1
out = model(x)  # forward
