model.eval()
out = model(x)
