return model(x)
