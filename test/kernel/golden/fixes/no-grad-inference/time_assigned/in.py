out = %time model(x)
