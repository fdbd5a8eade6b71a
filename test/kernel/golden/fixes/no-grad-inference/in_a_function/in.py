def predict():
    return model(x)  # forward
