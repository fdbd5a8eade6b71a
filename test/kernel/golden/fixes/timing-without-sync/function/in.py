import time
def bench(model, x):
    t = time.perf_counter()
    model(x)
    dt = time.perf_counter() - t
    return dt
