scores = f()
plot(scores);
del scores
