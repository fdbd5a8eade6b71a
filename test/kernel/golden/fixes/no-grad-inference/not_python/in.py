out = model(x)  # forward
this is no Python
