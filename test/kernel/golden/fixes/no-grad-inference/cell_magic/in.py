%%time
out = model(x)  # forward
out.shape
