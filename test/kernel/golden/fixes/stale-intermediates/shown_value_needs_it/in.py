scores = f()
scores.max()
