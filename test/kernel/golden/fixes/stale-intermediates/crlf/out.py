scores = f()
best = g(scores)
del scores
