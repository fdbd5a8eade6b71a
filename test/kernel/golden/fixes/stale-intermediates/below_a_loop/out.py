for q in qs:
	scores = q @ k.T
	best.append(scores.max())
del scores
