%%torchprof
out = model(x)  # forward
