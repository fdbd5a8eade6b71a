scores = q @ k.T
best = scores.max()  # done