x = x / 255; return model(x)
