def predict(batch):
    return model(batch)

with torch.no_grad():
    out = predict(x)  # forward
