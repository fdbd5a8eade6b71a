%time model(x)
