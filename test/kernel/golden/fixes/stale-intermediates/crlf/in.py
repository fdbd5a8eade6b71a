scores = f()
best = g(scores)
