scores = f()
best = scores.max()
del scores
