scores = q @ k.T
best = scores.max()
best
