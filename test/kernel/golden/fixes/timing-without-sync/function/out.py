import time
def bench(model, x):
    torch.cuda.synchronize()
    t = time.perf_counter()
    model(x)
    torch.cuda.synchronize()
    dt = time.perf_counter() - t
    return dt
