model(x)
