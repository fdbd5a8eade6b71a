flag2 = 1

out = model(x)  # forward
