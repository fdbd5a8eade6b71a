def predict(batch):
    return model(batch)

out = predict(x)  # forward
