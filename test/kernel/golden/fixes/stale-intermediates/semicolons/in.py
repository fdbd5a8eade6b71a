scores = f(); best = scores.max()
