out = model(x) + other(x)
