with t.no_grad():
    out = model(x)  # forward
