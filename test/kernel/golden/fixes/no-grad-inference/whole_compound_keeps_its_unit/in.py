if model(x).sum() > 1e9:  # forward
  high = True
else:
  high = False
high
