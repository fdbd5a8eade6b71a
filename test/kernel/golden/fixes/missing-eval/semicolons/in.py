a = 1; out = model(x)
