scores = f()
print(scores.max())
