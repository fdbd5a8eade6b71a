scores = f()
plot(scores);
