from time import perf_counter
t0 = perf_counter()
out = model(x)
elapsed = perf_counter() - t0
