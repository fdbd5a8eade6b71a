%%time
scores = f()
best = scores.max()
