%%time
with torch.no_grad():
    out = model(x)  # forward
out.shape
