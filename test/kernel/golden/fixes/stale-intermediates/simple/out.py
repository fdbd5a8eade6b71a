scores = q @ k.T
best = scores.max()
del scores
