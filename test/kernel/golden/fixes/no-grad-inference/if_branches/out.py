if not flag:
    out = None
elif flag:
    with torch.no_grad():
        out = model(x)  # forward
else:
    with torch.no_grad():
        out = model(x + 1)  # forward
