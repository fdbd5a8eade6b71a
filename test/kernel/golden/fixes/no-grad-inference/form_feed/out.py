flag2 = 1

with torch.no_grad():
    out = model(x)  # forward
