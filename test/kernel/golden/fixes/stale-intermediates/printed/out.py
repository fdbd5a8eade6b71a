scores = f()
print(scores.max())
del scores
