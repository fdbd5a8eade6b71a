model.eval()
model(x)